"""Rules for a container that ran: how it ended, or that it runs and does not serve."""

import re
import signal
from dataclasses import replace
from datetime import datetime

from truss_operator.status.finding import Finding
from truss_operator.status.pods import Container, Pod, Termination
from truss_operator.status.prose import one_line
from truss_operator.status.reasons import (
    CRASH_LOOP,
    CRASHED,
    EXITED_EARLY,
    OUT_OF_MEMORY,
    RUNTIME_MISSING,
    UNHEALTHY,
    UNRESPONSIVE,
)
from truss_operator.status.report import read_report

_LAST_WORDS_BYTES = 256
_LOOP_ENDS, _LOOP_SECONDS = 3, 600
"""So often ended, and the last time after less than that: the kubelet, too, forgets a crash after so long."""
_BRIEF_SECONDS = 10
"""An image without our runtime ends within this, if it ends by itself."""
_RUNTIME = re.compile(r"truss[-_]runtime")
"""In every line that the runtime logs, and in every traceback through it."""
_SIGNALLED = 128


def out_of_memory(_: Pod, container: Container) -> Finding | None:
    """The kernel killed it for its memory."""
    end = container.termination
    return _ended(end, Finding(OUT_OF_MEMORY)) if end is not None and end.reason == "OOMKilled" else None


def reported(_: Pod, container: Container) -> Finding | None:
    """The runtime said why it ended."""
    end = container.termination
    report = read_report(end.message) if end is not None else None
    return _ended(end, report) if end is not None and report is not None else None


def killed_by_probe(pod: Pod, container: Container) -> Finding | None:
    """The kubelet ended it because a probe failed: only its Events tell."""
    end = container.termination
    if end is None:
        return None
    recent = [event for event in pod.signs.events if event.time[:19] >= end.started_at[:19]]
    killing = " ".join(event.note for event in recent if event.reason == "Killing")
    if "failed startup probe" in killing:
        return _ended(end, Finding(RUNTIME_MISSING))
    if "failed liveness probe" not in killing:
        return None
    # An answer that says no is the runtime's: the model is not healthy, and has not been for long.
    answered = any("Liveness probe failed" in e.note and "statuscode" in e.note for e in recent)
    # In the words in which its silence is told, so that both are one Event.
    return _ended(end, Finding(UNHEALTHY if answered else UNRESPONSIVE))


def silent(pod: Pod, container: Container) -> Finding | None:
    """It runs, and nothing answers on its admin port."""
    if not (container.running and pod.signs.silent) or pod.ready:
        return None
    return Finding(UNRESPONSIVE if container.started else RUNTIME_MISSING)


def unhealthy(pod: Pod, container: Container) -> Finding | None:
    """Its runtime answers, and says that it cannot serve now."""
    if not container.running or pod.ready:
        return None
    if pod.signs.state == "unhealthy":
        return Finding(UNHEALTHY, pod.signs.problem)
    # Ready but for a problem: something holds up the event loop, on which all requests arrive.
    blocked = pod.signs.state == "ready" and pod.signs.problem
    return Finding(UNRESPONSIVE, pod.signs.problem) if blocked else None


def exited_early(_: Pod, container: Container) -> Finding | None:
    """It ended as if its work were done."""
    end = container.termination
    return _ended(end, Finding(EXITED_EARLY)) if end is not None and end.exit_code == 0 else None


def runtime_missing(_: Pod, container: Container) -> Finding | None:
    """It ended at once, and nothing that it printed is the runtime's."""
    end = container.termination
    if end is None or end.exit_code > _SIGNALLED or _RUNTIME.search(end.message):
        return None
    lasted = _lasted(end)
    if lasted is None or lasted > _BRIEF_SECONDS:
        return None
    return _ended(end, Finding(RUNTIME_MISSING, _last_of(end)))


def crash_loop(_: Pod, container: Container) -> Finding | None:
    """It ended without a report, and not for the first time lately."""
    end = container.termination
    if end is None or container.ends < _LOOP_ENDS:
        return None
    lasted = _lasted(end)
    return (
        _ended(end, Finding(CRASH_LOOP, _last_of(end))) if lasted is None or lasted < _LOOP_SECONDS else None
    )


def crashed(_: Pod, container: Container) -> Finding | None:
    """It ended, and nobody said why: the exit code and the end of its log are what is known."""
    end = container.termination
    return _ended(end, Finding(CRASHED, _last_of(end))) if end is not None else None


def _ended(end: Termination, finding: Finding) -> Finding:
    return replace(finding, exit_code=end.exit_code, time=end.finished_at or None)


def _last_of(end: Termination) -> str:
    words = end.message.strip().rpartition("\n")[2]
    said = f', its last words "{one_line(words, _LAST_WORDS_BYTES)}"' if words else ""
    return f"{_signal(end.exit_code)}exit code {end.exit_code}{said}"


def _signal(exit_code: int) -> str:
    try:
        return f"by {signal.Signals(exit_code - _SIGNALLED).name}, " if exit_code > _SIGNALLED else ""
    except ValueError:
        return ""


def _lasted(end: Termination) -> float | None:
    """For how many seconds it ran, if that is known."""
    if not (end.started_at and end.finished_at):
        return None
    started, finished = datetime.fromisoformat(end.started_at), datetime.fromisoformat(end.finished_at)
    return (finished - started).total_seconds()
