"""A TrussModel in every state that its status can tell, each with what deployment tools must make of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from observed import (
    Json,
    computed,
    deployment,
    ended,
    later,
    pod,
    progressing,
    serving,
    told,
    truss_model,
    with_status,
)
from truss_operator.api.v1alpha1 import LastFailure, RevisionStatus, TrussModel
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Course, Observation, Refusal
from truss_operator.status.compute import compute_status


@dataclass(frozen=True)
class State:
    """One state."""

    object: Json
    kstatus: str
    argo: str
    ready: str
    """Reason of Ready; empty while nobody has looked."""


MODEL = truss_model()
REVISION = revision_of(MODEL)
SERVING = serving(MODEL)
CHANGED = with_status(MODEL, SERVING.status.as_json(), image="registry.example.com/echo:2")
CHANGED_REVISION = revision_of(CHANGED)
OLD_POD = pod(REVISION, name="old", ready=True)
SURGE: dict[str, Any] = {"replicas": 2, "updatedReplicas": 1, "ready": 1}
IMPORT_ERROR = ended('{"phase": "import", "reason": "ImportError", "message": "no"}')
PULLING: Json = {"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}}
TAKEN = Refusal("NameConflict", "Service echo is there already")
REFUSED = Refusal("InvalidSpec", "spec.image: no")


def states() -> dict[str, State]:
    """All of them, by what one would say of it."""
    paused = with_status(MODEL, SERVING.status.as_json(), paused=True)
    paused_change = with_status(CHANGED, SERVING.status.as_json(), paused=True)
    none, last = truss_model(replicas=0), with_status(MODEL, SERVING.status.as_json(), replicas=0)
    more = with_status(MODEL, SERVING.status.as_json(), replicas=2)
    up = Observation(deployment(MODEL, ready=1), (OLD_POD,), told(MODEL))
    return {
        "new": State(_object(MODEL, {"observedGeneration": -1}), "InProgress", "Progressing", ""),
        "changed and unread": State(
            _object(CHANGED, SERVING.status.as_json()), "InProgress", "Progressing", "Serving"
        ),
        "coming up": _at(MODEL, _pods(pod(REVISION)), "InProgress", "Progressing", "Progressing"),
        "serving": State(_object(SERVING), "Current", "Healthy", "Serving"),
        "replaced": _at(CHANGED, _beside(pod(CHANGED_REVISION)), "InProgress", "Progressing", "Progressing"),
        "scaled up": _at(
            more,
            Observation(
                deployment(more, ready=1, conditions=progressing("NewReplicaSetAvailable")),
                (OLD_POD,),
                told(more),
            ),
            "InProgress",
            "Progressing",
            "Scaling",
        ),
        "scaled to zero": _at(none, Observation(deployment(none)), "Current", "Healthy", "ScaledToZero"),
        "last pods going": _at(
            last,
            Observation(deployment(last, ready=1, replicas=1, updatedReplicas=1)),
            "InProgress",
            "Progressing",
            "Scaling",
        ),
        "paused": _at(paused, up, "Current", "Healthy", "Paused"),
        "paused before a change": _at(
            paused_change,
            Observation(deployment(paused_change, ready=1, updatedReplicas=0), (OLD_POD,)),
            "Failed",
            "Suspended",
            "Paused",
        ),
        "failing for now": _at(
            MODEL, _pods(pod(REVISION, **PULLING)), "InProgress", "Progressing", "ImagePullFailed"
        ),
        "failing for now beside the old": _at(
            CHANGED,
            _beside(pod(CHANGED_REVISION, **PULLING)),
            "InProgress",
            "Progressing",
            "ImagePullFailed",
        ),
        "failing past the deadline": _at(
            MODEL,
            _pods(pod(REVISION, **PULLING), conditions=progressing("ProgressDeadlineExceeded", "False")),
            "Failed",
            "Degraded",
            "ImagePullFailed",
        ),
        "failed": _at(MODEL, _pods(pod(REVISION, **IMPORT_ERROR)), "Failed", "Degraded", "ImportError"),
        "failed beside the old": _at(
            CHANGED, _beside(pod(CHANGED_REVISION, **IMPORT_ERROR)), "Failed", "Degraded", "ImportError"
        ),
        "rolled back": _rolled_back(),
        "refused": _at(MODEL, Observation(None, refusals=(REFUSED,)), "Failed", "Degraded", "InvalidSpec"),
        "name taken": _at(MODEL, Observation(None, refusals=(TAKEN,)), "Failed", "Degraded", "NameConflict"),
        "serving with routes unread": _at(
            MODEL,
            Observation(deployment(MODEL, ready=1), (OLD_POD,), routes_error="timed out"),
            "InProgress",
            "Progressing",
            "RoutesUnreadable",
        ),
        "being deleted": State(
            _object(SERVING, deletionTimestamp="2026-01-31T12:00:00Z"),
            "Terminating",
            "Progressing",
            "Serving",
        ),
    }


def _object(model: TrussModel, status: Mapping[str, Any] | None = None, **metadata: str) -> Json:
    obj: Json = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    obj |= {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel"}
    obj["metadata"] |= metadata
    return {**obj, "status": dict(status) if status is not None else model.status.as_json()}


def _at(model: TrussModel, seen: Observation, kstatus: str, argo: str, ready: str) -> State:
    return State(_object(model, computed(model, seen)), kstatus, argo, ready)


def _pods(*pods: Json, **status: Any) -> Observation:
    return Observation(deployment(MODEL, **status), pods)


def _beside(new: Json) -> Observation:
    return Observation(deployment(CHANGED, **SURGE), (OLD_POD, new))


def _rolled_back() -> State:
    failure = LastFailure(
        phase="import",
        reason="ImportError",
        message="no",
        revision=CHANGED_REVISION,
        time="2026-01-31T12:00:00Z",
    )
    failed = RevisionStatus(
        revision=CHANGED_REVISION,
        image="registry.example.com/echo:2",
        time="2026-01-31T12:00:00Z",
        outcome="Failed",
    )
    course = Course(REVISION, MODEL.spec.image, (failed, *(SERVING.status.history or ())), failure)
    seen = Observation(
        deployment(CHANGED, ready=1, revision=REVISION), (OLD_POD,), told(MODEL), course=course
    )
    status = compute_status(CHANGED, seen, later(1))
    return State(_object(CHANGED, status), "Failed", "Degraded", "RolledBack")
