"""KServe's controller as a contender, in its mode without Knative, installed from its module's manifests.

What those leave open is closed here: the webhooks are asked on loopback, where no Service leads to it, and it
is told of the platforms that are not there.
"""

import base64
import json
import os
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import yaml
from tests.perf.at_scale.process import Operator
from tests.perf.at_scale.server import Json

from controlplane import OPERATOR

from .contender import IMAGE, Contender, Place, environment
from .process import pinned

NAMESPACE = "kserve"
LABEL = "serving.kserve.io/inferenceservice"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINED = (
    "serving.kserve.io_inferenceservices.yaml",
    "serving.kserve.io_trainedmodels.yaml",
    "serving.kserve.io_clusterservingruntimes.yaml",
    "serving.kserve.io_servingruntimes.yaml",
    "serving.kserve.io_inferencegraphs.yaml",
    "clusterstoragecontainer/serving.kserve.io_clusterstoragecontainers.yaml",
)
"""What its kustomization installs."""


def home() -> Path:
    """Where hack/tools/kserve.sh has put program and manifests.

    Raises:
        AssertionError: The benchmark was not started by its script.
    """
    found = os.environ.get("KSERVE")
    assert found, "KSERVE is not set: run this with `make bench-beside`, which builds KServe's controller"
    return Path(found)


def version() -> str:
    """That of the module."""
    return (home() / "version").read_text().strip()


def _object(number: int, *, bare: bool) -> Json:
    container = {"name": "kserve-container", "image": IMAGE, "env": environment(number)}
    annotations = {"serving.kserve.io/autoscalerClass": "none"} if bare else {}
    return {"annotations": annotations, "spec": {"predictor": {"containers": [container]}}}


def _prepare(place: Place, *, bare: bool) -> None:
    config = home() / "config"
    with place.plane.client() as client:
        definitions = [yaml.safe_load((config / "crd/full" / name).read_text()) for name in DEFINED]
        for definition in definitions:
            _post(client, DEFINITIONS, definition)
        _grant(client, yaml.safe_load((config / "rbac/role.yaml").read_text()))
        _post(client, "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        settings = yaml.safe_load((config / "configmap/inferenceservice.yaml").read_text())
        _post(client, f"/api/v1/namespaces/{NAMESPACE}/configmaps", _set(settings, bare=bare))
        _await_served(client, {definition["spec"]["names"]["plural"] for definition in definitions})


def _set(settings: Json, *, bare: bool) -> Json:
    """The settings with what a cluster without Knative and Istio needs; `bare`: and without Ingresses."""
    data = settings["data"]
    wanted: dict[str, Json] = {
        "deploy": {"defaultDeploymentMode": "Standard"},
        "ingress": {"disableIstioVirtualHost": True, "disableIngressCreation": bare},
    }
    changed = {name: json.dumps({**json.loads(data[name]), **values}) for name, values in wanted.items()}
    metadata = {"name": settings["metadata"]["name"], "namespace": NAMESPACE}
    return {"metadata": metadata, "data": {**data, **changed}}


def _grant(client: httpx2.Client, role: Json) -> None:
    name = role["metadata"]["name"]
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": OPERATOR}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    _post(client, f"{RBAC}/clusterroles", role)
    binding = {"metadata": {"name": name}, "roleRef": reference, "subjects": [subject]}
    _post(client, f"{RBAC}/clusterrolebindings", binding)


def _ask_webhooks(place: Place, port: int) -> None:
    """Has the API server ask the controller about InferenceServices and their pods, as its manifests say."""
    bundle = base64.b64encode(place.certificate.public.read_bytes()).decode()
    documents = yaml.safe_load_all((home() / "config/webhook/manifests.yaml").read_text())
    with place.plane.client() as client:
        for document in documents:
            if document["metadata"]["name"] != "inferenceservice.serving.kserve.io":
                continue
            for webhook in document["webhooks"]:
                path = webhook["clientConfig"]["service"]["path"]
                webhook["clientConfig"] = {"url": f"https://127.0.0.1:{port}{path}", "caBundle": bundle}
            _post(client, f"{WEBHOOKS}/{document['kind'].lower()}s", document)


@contextmanager
def _run(place: Place) -> Iterator[Operator]:
    metrics, probes, webhooks = _free_ports(3)
    command = [str(home() / "kserve-manager"), f"--metrics-addr=127.0.0.1:{metrics}"]
    command += [f"--health-probe-addr=127.0.0.1:{probes}", f"--webhook-port={webhooks}"]
    temporary = place.folder / "temporary"
    serving = temporary / "k8s-webhook-server/serving-certs"
    serving.mkdir(parents=True)
    for path in (place.certificate.public, place.certificate.key):
        (serving / path.name).write_bytes(path.read_bytes())
    variables = {
        "KUBECONFIG": str(place.kubeconfig),
        "TMPDIR": str(temporary),
        "POD_NAMESPACE": NAMESPACE,
    }
    with pinned(command, place.folder / "operator.log", variables) as running:
        _await_ready(running, f"http://127.0.0.1:{probes}/readyz")
        _ask_webhooks(place, webhooks)
        yield running


def _await_ready(running: Operator, url: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert running.popen.poll() is None, running.log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(url) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"not ready in {seconds} s: {running.log.read_text()[-3000:]}")


def _await_served(client: httpx2.Client, wanted: set[str], seconds: float = 60) -> None:
    """Returns when discovery tells of all those resources: it does so later than they can be listed."""
    deadline = time.monotonic() + seconds
    accept = {"Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}
    while True:
        groups = client.get("/apis", headers=accept).raise_for_status().json()["items"]
        versions = [version for group in groups for version in group["versions"]]
        missing = wanted - {
            found["resource"] for version in versions for found in version.get("resources", [])
        }
        if not missing:
            return
        assert time.monotonic() < deadline, f"not served: {', '.join(sorted(missing))}"
        time.sleep(0.1)


def _post(client: httpx2.Client, path: str, manifest: Any) -> None:
    answer = client.post(path, json=manifest)
    assert answer.is_success, f"{path}: {answer.text[:2000]}"


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def kserve(name: str, *, bare: bool) -> Contender:
    """KServe; `bare`: with neither autoscaler nor Ingress, which it makes if nobody minds."""
    return Contender(
        name,
        "serving.kserve.io/v1beta1",
        "InferenceService",
        "inferenceservices",
        LABEL,
        partial(_object, bare=bare),
        partial(_prepare, bare=bare),
        _run,
    )
