"""Rules for a pod as a whole: it gets no node, or has lost its place there; or it may not even be created."""

from collections.abc import Sequence

from truss_operator.observation import Json
from truss_operator.status.finding import Finding
from truss_operator.status.lenient import objects, text
from truss_operator.status.pods import Pod
from truss_operator.status.reasons import (
    CONFIG_MISSING,
    EVICTED,
    NODE_LOST,
    POD_REFUSED,
    UNSCHEDULABLE,
)
from truss_operator.status.starting import missing_reference

_ENDED = {"Failed", "Succeeded"}


def refused(deployment: Json | None) -> list[Finding]:
    """The API server will not have the pods. The Deployment passes on what its ReplicaSet was told."""
    for condition in objects(deployment, "status", "conditions"):
        if text(condition, "type") == "ReplicaFailure" and text(condition, "status") == "True":
            words = text(condition, "message")
            missing = missing_reference(words)
            return [Finding(CONFIG_MISSING, missing) if missing else Finding(POD_REFUSED, words)]
    return []


def overcome(pod: Pod, pods: Sequence[Pod]) -> bool:
    """Whether a pod that ended for good has been replaced: a younger one is ready. It stays to be read."""
    return pod.phase in _ENDED and any(other.ready and other.created > pod.created for other in pods)


def unschedulable(pod: Pod) -> Finding | None:
    """The scheduler finds no node for it."""
    if pod.unschedulable is None:
        return None
    missing = missing_reference(pod.unschedulable)
    return Finding(CONFIG_MISSING, missing) if missing else Finding(UNSCHEDULABLE, pod.unschedulable)


def evicted(pod: Pod) -> Finding | None:
    """The kubelet ended it as a whole: a pod that is to be restarted always ends in no other way.

    A container that answers with exit code 0 makes such an end look like success, and hides the kubelet's
    words: the Event has them, if it was posted.
    """
    if pod.phase not in _ENDED:
        return None
    notes = [event.note for event in pod.signs.events if event.reason == "Evicted"]
    return Finding(EVICTED, pod.message or next(iter(notes), ""))


def node_lost(pod: Pod) -> Finding | None:
    """Its node no longer reports: the node controller tells the pod so, in an Event alone."""
    if pod.reason == "NodeLost":
        return Finding(NODE_LOST, pod.message)
    if pod.ready or not any(container.running for container in pod.containers):
        return None
    # The node controller takes the readiness away and says so; what comes later has another cause.
    since = pod.readiness_changed[:19]
    told = any(event.reason == "NodeNotReady" and event.time[:19] >= since for event in pod.signs.events)
    return Finding(NODE_LOST) if told else None
