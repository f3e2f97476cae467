"""The classifier: a container's status → a finding. One rule a kind of failure, the first that fits wins."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from truss_operator.status.finding import Finding
from truss_operator.status.image import image_finding
from truss_operator.status.pods import Container, Pod
from truss_operator.status.prose import one_line
from truss_operator.status.reasons import CRASHED, OUT_OF_MEMORY, START_FAILED
from truss_operator.status.report import read_report

_WAITS_TO_START = {"RunContainerError", "CreateContainerError", "CreateContainerConfigError"}
_NEVER_RAN = {"ContainerCannotRun", "StartError"}
_LAST_WORDS_BYTES = 256


def findings_of(pods: Iterable[Pod]) -> list[Finding]:
    """What fails in the pods: at most one finding for each container."""
    found = []
    for pod in pods:
        for container in pod.containers:
            finding = next(filter(None, (rule(container) for rule in RULES)), None)
            if finding is not None:
                found.append(replace(finding, pod=pod.name or None, container=container.name or None))
    return found


def _ended(container: Container, finding: Finding) -> Finding:
    end = container.termination
    assert end is not None
    return replace(finding, exit_code=end.exit_code, time=end.finished_at or None)


def start_failed(container: Container) -> Finding | None:
    """The kubelet or the engine cannot start it: no such entry point, a ConfigMap that is missing."""
    if container.waiting_reason in _WAITS_TO_START:
        return Finding(START_FAILED, container.waiting_message)
    end = container.termination
    if end is not None and end.reason in _NEVER_RAN:
        return _ended(container, Finding(START_FAILED, end.message))
    return None


def out_of_memory(container: Container) -> Finding | None:
    """The kernel killed it for its memory."""
    end = container.termination
    return (
        _ended(container, Finding(OUT_OF_MEMORY)) if end is not None and end.reason == "OOMKilled" else None
    )


def reported(container: Container) -> Finding | None:
    """The runtime said why it ended."""
    report = read_report(container.termination.message) if container.termination is not None else None
    return _ended(container, report) if report is not None else None


def crashed(container: Container) -> Finding | None:
    """It ended, and nobody said why: the exit code and the end of its log are what is known."""
    end = container.termination
    if end is None:
        return None
    words = end.message.strip().rpartition("\n")[2]
    said = f', its last words "{one_line(words, _LAST_WORDS_BYTES)}"' if words else ""
    return _ended(container, Finding(CRASHED, f"exit code {end.exit_code}{said}"))


RULES: tuple[Callable[[Container], Finding | None], ...] = (
    image_finding,
    start_failed,
    out_of_memory,
    reported,
    crashed,
)
