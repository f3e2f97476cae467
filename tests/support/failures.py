"""TrussModels that fail on purpose on a cluster: a module applies all of them at once, then awaits each."""

import json
from collections.abc import Iterator
from typing import Any

from cluster import Json, Kubectl, condition, until

LAB = "trussmodel/test-lab:0.1.0"


def trussmodel(name: str, *, image: str = LAB, env: dict[str, str] | None = None, **spec: Any) -> Json:
    """A manifest; its pods go without waiting for requests."""
    variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
    drain = {"drainSeconds": 0, **spec.pop("timeouts", {})}
    return {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": name},
        "spec": {"image": image, "env": variables, "timeouts": drain, **spec},
    }


def applied(kubectl: Kubectl, *manifests: Json) -> Iterator[Kubectl]:
    """Applies all in one go, and takes them away in the end."""
    items = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
    kubectl.apply(items)
    yield kubectl
    kubectl("delete", "--filename", "-", "--wait=false", stdin=json.dumps(items))


def failure_of(kubectl: Kubectl, name: str, reason: str, seconds: float = 60) -> Json:
    """Awaits the failure in the status; `Ready` must agree with it.

    Returns:
        ``status.lastFailure``.
    """
    model = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: model["status"].get("lastFailure", {}).get("reason") == reason,
        seconds,
    )
    failure: Json = model["status"]["lastFailure"]
    ready = condition(model, "Ready")
    assert (ready["status"], ready["reason"]) == ("False", reason)
    assert failure["message"] in ready["message"]
    return failure


def warnings_of(kubectl: Kubectl, name: str) -> list[str]:
    """The reasons of the Warning Events about a TrussModel, oldest first."""
    about = f"involvedObject.kind=TrussModel,involvedObject.name={name},type=Warning"
    events = json.loads(kubectl("get", "events", "--field-selector", about, "--output", "json"))["items"]
    return [each["reason"] for each in sorted(events, key=lambda each: str(each["eventTime"]))]
