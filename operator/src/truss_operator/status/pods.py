"""What a pod's status says that matters here: its revision, whether it serves, how its containers fare."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.observation import Json, Signs
from truss_operator.status.lenient import count, field, objects, text

_TIME = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ\Z", re.ASCII)
_NO_SIGNS = Signs()


@dataclass(frozen=True, slots=True)
class Termination:
    """How a container ended."""

    reason: str
    message: str
    exit_code: int
    started_at: str
    finished_at: str
    """RFC 3339, or empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container as the kubelet reports it."""

    name: str
    image_id: str
    waiting_reason: str
    """Why it waits, or empty when it does not."""
    waiting_message: str
    running: bool
    started: bool
    """Whether its startup probe has succeeded in this run."""
    ends: int
    """How often it has ended."""
    termination: Termination | None
    """How it ended, or ended the last time, if it has not been ready since."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod that is not being deleted."""

    name: str
    revision: str
    ready: bool
    readiness_changed: str
    """When it became ready or ceased to be, RFC 3339 or empty."""
    created: str
    """RFC 3339: sorts as text."""
    phase: str
    reason: str
    """Why the pod as a whole failed, or empty."""
    message: str
    unschedulable: str | None
    """Why the scheduler finds no node for it; None when it has one, or has not been looked at."""
    held: str
    """Why the scheduler has not looked at it, or empty."""
    containers: tuple[Container, ...]
    signs: Signs


def living(pods: Iterable[Json], signs: Mapping[str, Signs]) -> tuple[Pod, ...]:
    """The pods that are not being deleted, by name: a leaving pod neither fails nor serves."""
    found = [_pod(pod, signs) for pod in pods if not field(pod, "metadata", "deletionTimestamp")]
    return tuple(sorted(found, key=lambda pod: (pod.name, pod.revision)))


def _pod(pod: Json, signs: Mapping[str, Signs]) -> Pod:
    ready, scheduled = _condition(pod, "Ready"), _condition(pod, "PodScheduled")
    containers = [
        _container(status, text(ready, "lastTransitionTime"))
        for status in objects(pod, "status", "containerStatuses")
    ]
    name = text(pod, "metadata", "name")
    return Pod(
        name=name,
        revision=text(pod, "metadata", "labels", REVISION_LABEL),
        ready=text(ready, "status") == "True",
        readiness_changed=text(ready, "lastTransitionTime"),
        created=text(pod, "metadata", "creationTimestamp"),
        phase=text(pod, "status", "phase"),
        reason=text(pod, "status", "reason"),
        message=text(pod, "status", "message"),
        unschedulable=(text(scheduled, "message") if text(scheduled, "reason") == "Unschedulable" else None),
        held=text(scheduled, "message") if text(scheduled, "reason") == "SchedulingGated" else "",
        containers=tuple(containers),
        signs=signs.get(name, _NO_SIGNS),
    )


def _condition(pod: Json, kind: str) -> Json:
    return next((c for c in objects(pod, "status", "conditions") if text(c, "type") == kind), {})


def _container(status: Json, readiness_changed: str) -> Container:
    started = text(status, "state", "running", "startedAt")
    # A pod that lost its readiness after this container came up had it: what ended the one before is
    # overcome. RFC 3339 in UTC, as the API server writes it, sorts as text.
    up = field(status, "started") is True
    overcome = field(status, "ready") is True or bool(up and started and readiness_changed > started)
    ended = field(status, "state", "terminated") or field(status, "lastState", "terminated")
    running = isinstance(field(status, "state", "running"), Mapping)
    return Container(
        name=text(status, "name"),
        image_id=text(status, "imageID"),
        waiting_reason=text(status, "state", "waiting", "reason"),
        waiting_message=text(status, "state", "waiting", "message"),
        running=running,
        started=up,
        ends=count(status, "restartCount") + (0 if running or not isinstance(ended, Mapping) else 1),
        termination=None if overcome or not isinstance(ended, Mapping) else _termination(ended),
    )


def _termination(terminated: Json) -> Termination:
    return Termination(
        reason=text(terminated, "reason"),
        message=text(terminated, "message"),
        exit_code=count(terminated, "exitCode"),
        started_at=_time(terminated, "startedAt"),
        finished_at=_time(terminated, "finishedAt"),
    )


def _time(obj: Json, key: str) -> str:
    time = text(obj, key)
    return time if _TIME.match(time) else ""
