"""Which pods get no further, and what their own status says of that. Pure."""

from collections.abc import Mapping
from typing import Any

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.controller.settling import is_ready
from truss_operator.observation import Json

Statuses = list[Mapping[str, Any]]


def may_be_stuck(pod: Json, revision: str) -> bool:
    """Whether a pod of that revision is on its way to ready, or has come off it, perhaps for good."""
    metadata = pod["metadata"]
    return (
        (metadata.get("labels") or {}).get(REVISION_LABEL) == revision
        and "deletionTimestamp" not in metadata
        and not is_ready(pod)
    )


def is_over(pod: Json) -> bool:
    """Whether it has ended for good. It stays to be read about, and nothing new comes of it."""
    return pod["status"].get("phase") in ("Failed", "Succeeded")


def stage_of(pod: Json) -> tuple[object, ...]:
    """Where it stands. While that stays the same, it gets no further."""
    restarts = ((c.get("restartCount"), runs(c)) for c in containers(pod))
    return (is_over(pod), tells_too_little(pod), *restarts)


def tells_too_little(pod: Json) -> bool:
    """Whether its Events are needed at once to tell what ails it.

    That is so when a container ended (for a probe that failed?), when the image is not there (for a pull
    secret that is not?) and when the pod was ready before (for a node that is lost?).
    """
    if was_ready(pod) or lacks_image(pod):
        return True
    return any(
        "terminated" in (c.get("state") or {}) or (c.get("lastState") or {}).get("terminated")
        for c in containers(pod)
    )


def lacks_image(pod: Json) -> bool:
    """Whether an image is not there although a pull secret should have helped."""
    waits = ((c.get("state") or {}).get("waiting") or {} for c in containers(pod))
    pulled = any(wait.get("reason") in ("ErrImagePull", "ImagePullBackOff") for wait in waits)
    return bool(pod["spec"].get("imagePullSecrets")) and pulled


def was_ready(pod: Json) -> bool:
    """Whether it has lost its readiness while its containers went on."""
    conditions = pod["status"].get("conditions") or ()
    changed = next((c.get("lastTransitionTime") or "" for c in conditions if c.get("type") == "Ready"), "")
    return any(
        runs(c) and c.get("started") and changed > (c["state"]["running"].get("startedAt") or "~")
        for c in containers(pod)
    )


def runs(container: Mapping[str, Any]) -> bool:
    """Whether it runs now."""
    return "running" in (container.get("state") or {})


def containers(pod: Json) -> Statuses:
    """The statuses of its containers."""
    found: Statuses = pod["status"].get("containerStatuses") or []
    return found
