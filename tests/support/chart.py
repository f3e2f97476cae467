"""The chart on the tests' API server: what it renders is applied, and the operator is its ServiceAccount."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from api import Api, Json
from controlplane import ROOT, ControlPlane

CHART = ROOT / "charts" / "trussmodel-operator"
_GROUPS = {
    "ServiceAccount": ("/api/v1", "serviceaccounts"),
    "Role": ("/apis/rbac.authorization.k8s.io/v1", "roles"),
    "RoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    "ClusterRole": ("/apis/rbac.authorization.k8s.io/v1", "clusterroles"),
    "ClusterRoleBinding": ("/apis/rbac.authorization.k8s.io/v1", "clusterrolebindings"),
}


@dataclass(frozen=True)
class Installed:
    """What of an installation there is without a kubelet."""

    arguments: list[str]
    """Of the operator's container."""
    kubeconfig: Path
    """Of its ServiceAccount, with a token as the kubelet would mount one."""
    token: str


def rendered(values: Json, namespace: str, *, hooks: bool = False) -> list[Json]:
    """The chart's manifests for those values, by the real helm; of its hooks only where told."""
    helm = shutil.which("helm")
    assert helm, "helm is not on PATH: run these tests by `make integration`, which brings it along"
    command = [helm, "template", "trussmodel-operator", str(CHART), f"--namespace={namespace}", "--values=-"]
    done = subprocess.run(
        command if hooks else [*command, "--skip-tests"],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


async def install(api: Api, plane: ControlPlane, values: Json) -> Installed:
    """Applies identity and permissions as they are rendered, into the namespace of `api`; none for people."""
    manifests = rendered({**values, "rbac": {"aggregate": False}}, api.namespace)
    account, token = await _granted(api, manifests)
    [deployment] = [m for m in manifests if m["kind"] == "Deployment"]
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    return Installed(container["args"], plane.kubeconfig(account, token=token), token)


async def install_test(api: Api, values: Json) -> tuple[Json, str]:
    """Applies what `helm test` is and may do; returns the TrussModel that it makes, and its token."""
    manifests = [
        manifest
        for manifest in rendered(values, api.namespace, hooks=True)
        if "helm.sh/hook" in manifest["metadata"].get("annotations", {})
    ]
    _, token = await _granted(api, manifests)
    [pod] = [m for m in manifests if m["kind"] == "Pod"]
    [container] = pod["spec"]["containers"]
    [model] = [json.loads(each["value"]) for each in container["env"] if each["name"] == "MANIFEST"]
    return model, token


async def _granted(api: Api, manifests: list[Json]) -> tuple[str, str]:
    """Applies what of them says who may do what; returns the ServiceAccount and a token of it."""
    for manifest in manifests:
        if manifest["kind"] in _GROUPS:
            group, plural = _GROUPS[manifest["kind"]]
            namespace = manifest["metadata"].get("namespace")
            folder = f"/namespaces/{namespace}" if namespace else ""
            await api.call("POST", f"{group}{folder}/{plural}", manifest)
    [account] = [m["metadata"]["name"] for m in manifests if m["kind"] == "ServiceAccount"]
    request: dict[str, Any] = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = f"/api/v1/namespaces/{api.namespace}/serviceaccounts/{account}/token"
    return account, (await api.call("POST", path, request))["status"]["token"]
