"""TrussModels, Deployments and pods as a cluster shows them, and the status computed from them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation, Route, RouteReport
from truss_operator.status.compute import compute_status

Json = dict[str, Any]

START = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
ROUTES = (
    Route("predict", "POST", "/predict", None),
    Route("chat_completions", "POST", "/v1/chat/completions", True),
)


def truss_model(
    *, name: str = "echo", generation: int = 1, status: Mapping[str, Any] | None = None, **spec: Any
) -> TrussModel:
    """A TrussModel as the API server returns it; spec in its JSON names."""
    return TrussModel.model_validate(
        {
            "apiVersion": "trussmodel.dev/v1alpha1",
            "kind": "TrussModel",
            "metadata": {
                "name": name,
                "namespace": "ml",
                "uid": "7d1f",
                "generation": generation,
                "resourceVersion": "9",
            },
            "spec": {
                "image": "registry.example.com/echo:1",
                "environment": "production",
                "replicas": 1,
                **spec,
            },
            "status": status if status is not None else {"observedGeneration": -1},
        }
    )


def deployment(model: TrussModel, *, ready: int = 0, revision: str | None = None, **status: Any) -> Json:
    """The model's Deployment once its controller has seen it, with so many pods ready."""
    replicas = model.spec.replicas
    counts = {
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": ready,
        "availableReplicas": ready,
    }
    labels = {REVISION_LABEL: revision or revision_of(model)}
    return {
        "metadata": {"name": model.metadata.name, "generation": 4},
        "spec": {"replicas": replicas, "template": {"metadata": {"labels": labels}}},
        "status": {"observedGeneration": 4, **counts, **status},
    }


def progressing(reason: str, status: str = "True") -> list[Json]:
    """The Deployment's conditions with that word on its progress."""
    return [{"type": "Progressing", "status": status, "reason": reason}]


def lost(pod: Json) -> Json:
    """The pod after it was ready and is so no longer."""
    (since,) = pod["status"]["conditions"]
    status = {**pod["status"], "conditions": [{**since, "lastTransitionTime": "2026-01-31T12:00:00Z"}]}
    return {**pod, "status": status}


def pod(revision: str, *, name: str = "echo-5f6d-x2x", ready: bool = False, **container: Any) -> Json:
    """A pod of that revision; ``container`` are fields of the status of its container."""
    own = {"name": "model", "ready": ready, "imageID": "", **container}
    if "state" not in own:
        own["state"] = {"running": {"startedAt": "2026-01-31T11:59:00Z"}}
    since = {
        "type": "Ready",
        "status": "True" if ready else "False",
        "lastTransitionTime": "2026-01-31T11:58:00Z",
    }
    return {
        "metadata": {"name": name, "labels": {REVISION_LABEL: revision}},
        "status": {"conditions": [since], "containerStatuses": [own]},
    }


def ended(message: str = "", *, exit_code: int = 1, reason: str = "Error") -> Json:
    """The fields of a container that ended so and waits to be started again."""
    end = {"exitCode": exit_code, "reason": reason, "message": message, "finishedAt": "2026-01-31T11:59:30Z"}
    return {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": end}}


def told(model: TrussModel, *routes: Route) -> RouteReport:
    """What the runtime of a pod of the model's wanted revision tells."""
    return RouteReport(revision_of(model), routes or ROUTES)


def later(minutes: int) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def computed(model: TrussModel, seen: Observation, minutes: int = 0, site: str = "") -> Json:
    """The status, computed so many minutes after the start."""
    return compute_status(model, seen, later(minutes), site)


def with_status(model: TrussModel, status: Mapping[str, Any], **changes: Any) -> TrussModel:
    """The same object after that status was written, with spec changed as given (in a new generation)."""
    spec = {**model.spec.as_json(), **changes}
    generation = model.metadata.generation + (1 if changes else 0)
    return truss_model(name=model.metadata.name, generation=generation, status=status, **spec)


def serving(model: TrussModel, minutes: int = 0) -> TrussModel:
    """The model after it came up, with what the operator wrote of it."""
    revision = revision_of(model)
    pods = tuple(pod(revision, name=f"echo-{n}", ready=True) for n in range(model.spec.replicas))
    seen = Observation(deployment(model, ready=model.spec.replicas), pods, told(model))
    return with_status(model, computed(model, seen, minutes))


def condition(status: Mapping[str, Any], kind: str) -> Json:
    """The condition of that type, or an empty object where there is none."""
    return next((dict(found) for found in status["conditions"] if found["type"] == kind), {})


def word(status: Mapping[str, Any], kind: str) -> tuple[str, str]:
    """Status and reason of a condition."""
    found = condition(status, kind)
    return found.get("status", "absent"), found.get("reason", "")
