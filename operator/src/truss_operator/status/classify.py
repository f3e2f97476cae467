"""The classifier: pods → findings. One rule a kind of failure, the first that fits wins."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from truss_operator.status import running, scheduling, starting
from truss_operator.status.finding import Finding
from truss_operator.status.image import image_finding
from truss_operator.status.pods import Container, Pod
from truss_operator.status.reasons import PROGRESS_DEADLINE_EXCEEDED, READINESS_TIMEOUT

POD_RULES: tuple[Callable[[Pod], Finding | None], ...] = (
    scheduling.evicted,
    scheduling.unschedulable,
    scheduling.node_lost,
)
"""For a pod as a whole. One that fits speaks for its containers, too."""

_STARTING: tuple[Callable[[Pod, Container], Finding | None], ...] = (
    starting.pull_secret_missing,
    image_finding,
    starting.volume_missing,
    starting.start_failed,
    running.out_of_memory,
    running.reported,
    running.killed_by_probe,
    running.silent,
    running.unhealthy,
    running.exited_early,
)
CONTAINER_RULES = (*_STARTING, running.runtime_missing, running.crashed)
"""For each container of a revision that has never served."""
SERVED_RULES = (*_STARTING, running.crash_loop, running.crashed)
"""For each container of one that has: its image has our runtime, and it worked before."""


def findings_of(pods: Sequence[Pod], *, served: bool) -> list[Finding]:
    """What fails in the pods: at most one finding for each container.

    Args:
        pods: of one revision.
        served: whether that revision has served.
    """
    found = []
    for pod in pods:
        if pod.signs.early or scheduling.overcome(pod, pods):
            continue
        whole = next(filter(None, (rule(pod) for rule in POD_RULES)), None)
        if whole is not None:
            found.append(replace(whole, pod=pod.name or None))
            continue
        rules = SERVED_RULES if served else CONTAINER_RULES
        for container in pod.containers:
            finding = next(filter(None, (rule(pod, container) for rule in rules)), None)
            if finding is not None:
                found.append(replace(finding, pod=pod.name or None, container=container.name or None))
    return found


_AT = {
    "starting": "the model is still being imported",
    "loading": "the model is still loading",
    "ready": "the model is ready, and something else of the pod is not",
}
"""What is waited for, by what the runtime says that it is at."""


def overdue(pods: Sequence[Pod]) -> Finding:
    """The deadline has passed, and nothing else is known to fail: where the first pod that is late stands."""
    for pod in pods:
        started = next((c for c in pod.containers if c.running and c.started), None)
        if started is not None and not pod.ready:
            says = _AT.get(pod.signs.state, "")
            return Finding(READINESS_TIMEOUT, says, pod=pod.name or None, container=started.name or None)
    for pod in pods:
        if not pod.ready:
            waits = next((f"it waits: {c.waiting_reason}" for c in pod.containers if c.waiting_reason), "")
            return Finding(PROGRESS_DEADLINE_EXCEEDED, pod.held or waits, pod=pod.name or None)
    return Finding(PROGRESS_DEADLINE_EXCEEDED)
