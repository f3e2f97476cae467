"""What a pod's status says that matters here: its revision, whether it serves, how its containers fare."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.observation import Json
from truss_operator.status.lenient import count, field, objects, text

_TIME = re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Termination:
    """How a container ended."""

    reason: str
    message: str
    exit_code: int
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
    termination: Termination | None
    """How it ended, or ended the last time, if it has not been ready since."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod that is not being deleted."""

    name: str
    revision: str
    ready: bool
    containers: tuple[Container, ...]


def living(pods: Iterable[Json]) -> tuple[Pod, ...]:
    """The pods that are not being deleted, by name: a leaving pod neither fails nor serves."""
    found = [_pod(pod) for pod in pods if not field(pod, "metadata", "deletionTimestamp")]
    return tuple(sorted(found, key=lambda pod: (pod.name, pod.revision)))


def _pod(pod: Json) -> Pod:
    ready = next((c for c in objects(pod, "status", "conditions") if text(c, "type") == "Ready"), {})
    containers = [
        _container(status, text(ready, "lastTransitionTime"))
        for status in objects(pod, "status", "containerStatuses")
    ]
    return Pod(
        text(pod, "metadata", "name"),
        text(pod, "metadata", "labels", REVISION_LABEL),
        text(ready, "status") == "True",
        tuple(containers),
    )


def _container(status: Json, readiness_changed: str) -> Container:
    started = text(status, "state", "running", "startedAt")
    # A pod that lost its readiness after this container started had it: what ended the one before is
    # overcome. RFC 3339 in UTC, as the API server writes it, sorts as text.
    overcome = field(status, "ready") is True or bool(started and readiness_changed > started)
    terminated = field(status, "state", "terminated") or field(status, "lastState", "terminated")
    return Container(
        text(status, "name"),
        text(status, "imageID"),
        text(status, "state", "waiting", "reason"),
        text(status, "state", "waiting", "message"),
        None if overcome or not isinstance(terminated, Mapping) else _termination(terminated),
    )


def _termination(terminated: Json) -> Termination:
    finished = text(terminated, "finishedAt")
    return Termination(
        text(terminated, "reason"),
        text(terminated, "message"),
        count(terminated, "exitCode"),
        finished if _TIME.match(finished) else "",
    )
