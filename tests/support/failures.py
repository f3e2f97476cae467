"""TrussModels that fail on purpose on a cluster: a module applies all of them at once, then awaits each."""

import contextlib
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx2

from cluster import Json, Kubectl, condition, until
from truss_operator.status.reasons import FAILURES

LAB = "trussmodel/test-lab:0.1.0"
WITHOUT_POD = {"NameConflict", "InvalidSpec", "PodRefused", "RoutesUnreadable"}
WITHOUT_CONTAINER = {*WITHOUT_POD, "Unschedulable", "NodeLost", "Evicted", "ProgressDeadlineExceeded"}


def trussmodel(
    name: str, *, image: str = LAB, env: dict[str, str] | None = None, source: str | None = None, **spec: Any
) -> Json:
    """A manifest; its pods go without waiting for requests.

    Args:
        name: Of the TrussModel.
        image: What it runs.
        env: Variables of the model.
        source: The text of its model.py, in the place of the image's.
        spec: Its other fields.

    Returns:
        The TrussModel; with a source a list of it and of the ConfigMap that its pods mount.
    """
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    drain = {"drainSeconds": 0, **spec.pop("timeouts", {})}
    items: list[Json] = []
    if source is not None:
        spec["volumes"] = [{"name": "source", "configMap": {"name": f"{name}-source"}}]
        spec["volumeMounts"] = [{"name": "source", "mountPath": "/app/model"}]
        code = {"metadata": {"name": f"{name}-source"}, "data": {"model.py": source}}
        items.append({"apiVersion": "v1", "kind": "ConfigMap", **code})
    model = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": name},
        "spec": {"image": image, "env": variables, "timeouts": drain, **spec},
    }
    return {"apiVersion": "v1", "kind": "List", "items": [*items, model]} if items else model


def applied(kubectl: Kubectl, *manifests: Json) -> Iterator[Kubectl]:
    """Applies all in one go, and takes them away in the end."""
    flat = [item for manifest in manifests for item in manifest.get("items", [manifest])]
    items = {"apiVersion": "v1", "kind": "List", "items": flat}
    kubectl.apply(items)
    yield kubectl
    kubectl("delete", "--filename", "-", "--wait=false", stdin=json.dumps(items))


@contextlib.contextmanager
def namespace(purpose: str, **labels: str) -> Iterator[Kubectl]:
    """A namespace of its own, which enforces nothing but what its labels ask for."""
    cluster = Kubectl(f"e2e-{purpose}-{secrets.token_hex(3)}")
    metadata = {"name": cluster.namespace, "labels": labels}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    try:
        yield cluster
    finally:
        cluster("delete", "namespace", cluster.namespace, "--wait=false")


def failure_of(kubectl: Kubectl, name: str, reason: str, seconds: float = 90) -> Json:
    """Awaits the failure in the status; everything that tells of it must agree.

    That is ``status.lastFailure`` with all its fields, ``Ready``, the REASON column and one Event, in the
    words of the vocabulary, which end with what to do.

    Returns:
        ``status.lastFailure``.
    """
    model = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: model["status"].get("lastFailure", {}).get("reason") == reason,
        seconds,
    )
    failure: Json = model["status"]["lastFailure"]
    known = FAILURES[reason]
    assert failure["phase"] == known.phase
    assert failure["message"].startswith(known.meaning)
    assert failure["message"].endswith(known.next_step)
    assert failure["revision"]
    assert failure["time"]
    if reason != "ConfigMissing":  # what keeps a pod from being made has none
        assert ("pod" in failure) == (reason not in WITHOUT_POD)
        assert ("container" in failure) == (reason not in WITHOUT_CONTAINER)
    ready = condition(model, "Ready")
    assert (ready["status"], ready["reason"]) == ("False", reason)
    assert failure["message"] in ready["message"]
    assert ready["observedGeneration"] == model["metadata"]["generation"]
    assert reason in kubectl("get", "trussmodel", name, "--no-headers").split()
    told = until(
        lambda: [event for event in events_of(kubectl, name) if event["reason"] == reason],
        bool,
    )
    assert [event["type"] for event in told] == ["Warning"]
    assert told[0]["message"].removesuffix("...") in ready["message"]
    return failure


def events_of(kubectl: Kubectl, name: str) -> list[Json]:
    """The Events about a TrussModel, oldest first."""
    about = f"involvedObject.kind=TrussModel,involvedObject.name={name}"
    events = json.loads(kubectl("get", "events", "--field-selector", about, "--output", "json"))["items"]
    return sorted(events, key=lambda each: str(each["eventTime"]))


def warnings_of(kubectl: Kubectl, name: str) -> list[str]:
    """The reasons of the Warning Events about a TrussModel, oldest first; one that came again, again."""
    told = [each for each in events_of(kubectl, name) if each["type"] == "Warning"]
    return [each["reason"] for each in told for _ in range((each.get("series") or {}).get("count") or 1)]


def pods_of(kubectl: Kubectl, name: str) -> list[Json]:
    """The pods of a TrussModel."""
    return kubectl.list("pods", f"trussmodel.dev/name={name}")


def ask(cluster: Kubectl, name: str, body: Json, seconds: float = 2) -> None:
    """Sends a request that may well get no answer."""
    with (
        cluster.port_forward(f"service/{name}") as base,
        contextlib.suppress(httpx2.TransportError),
    ):
        httpx2.post(f"{base}/predict", json=body, timeout=seconds)
