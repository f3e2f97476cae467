"""Holds a status write back while the Deployment controller catches up, for a second at most.

After an apply the Deployment's status is of the past for some milliseconds, and a pod turns ready before its
Deployment counts it. A status written in between is true for an instant, wakes up everyone who watches, and
is written again. Waiting for the two to agree makes one write of it. The end of a container does not wait: it
may serve again within that second, and nobody would be told.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from truss_operator.controller.key import Key
from truss_operator.observation import Json

PATIENCE = 1.0
"""Seconds. Past it the status is written as things are: with pods that a quota refuses they never settle."""


class Settling:
    """Remembers since when each TrussModel has been unsettled."""

    def __init__(self) -> None:
        self._since: dict[Key, float] = {}

    def restart(self, key: Key) -> None:
        """The Deployment was changed: its controller gets its time again."""
        self._since.pop(key, None)

    forget = restart

    def patience(self, key: Key, deployment: Json | None, pods: Iterable[Json], now: float) -> float:
        """Seconds for which a status write should still wait; 0 when it should not.

        Args:
            key: The TrussModel.
            deployment: Its Deployment, if there is one.
            pods: Its pods.
            now: Monotonic seconds.
        """
        if deployment is None or is_settled(deployment, pods):
            self._since.pop(key, None)
            return 0.0
        since = self._since.setdefault(key, now)
        return max(0.0, since + PATIENCE - now)


def tells_of_an_end(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the change from one status to the next is news of a container that ended."""
    failure = new.get("lastFailure") or {}
    return "exitCode" in failure and failure != old.get("lastFailure")


def is_settled(deployment: Json, pods: Iterable[Json]) -> bool:
    """Whether a Deployment's status is about its current spec and the pods as they are."""
    status = deployment["status"]
    if status.get("observedGeneration", 0) < deployment["metadata"]["generation"]:
        return False
    if status.get("replicas", 0) < deployment["spec"].get("replicas", 1):
        return False
    return bool(status.get("readyReplicas", 0) == sum(1 for pod in pods if is_ready(pod)))


def is_ready(pod: Json) -> bool:
    """Whether a pod is ready and not on its way out."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod["status"].get("conditions") or ()
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
