"""The runtime's report in a termination message: why the model could not be served, in its own words.

One JSON object with ``phase``, ``reason``, ``exceptionType``, ``message`` and ``frames``
(docs/reference/model-contract.md). It comes out of a container that runs a user's code, so nothing of it is
believed but what fits the vocabulary, and no text of it is taken as it is.
"""

import json
from typing import Any

from truss_operator.status.finding import Finding
from truss_operator.status.lenient import field, text
from truss_operator.status.prose import lines, one_line
from truss_operator.status.reasons import (
    CRASHED,
    FAILURES,
    IMPORT_ERROR,
    INIT_FAILED,
    INVALID_MODEL,
    LOAD_FAILED,
    FailureReason,
)

_REPORTED_PHASES = {
    "import": IMPORT_ERROR,
    "init": INIT_FAILED,
    "load": LOAD_FAILED,
    "routes": INVALID_MODEL,
    "run": CRASHED,
}
"""The phases that a runtime reports, each with the word for a reason in it that this version does not
know."""
_NAME_BYTES = 128


def read_report(message: str) -> Finding | None:
    """What a termination message reports, or None when it is no report (the tail of a log, say)."""
    try:
        report: Any = json.loads(message)
    except (ValueError, RecursionError):
        return None
    phase, told = text(report, "phase"), text(report, "reason")
    if phase not in _REPORTED_PHASES or not told:
        return None
    reason = _reason(phase, told)
    exception_type = one_line(text(report, "exceptionType"), _NAME_BYTES)
    detail = text(report, "message")
    if told != reason.name:
        detail = f"{told}: {detail}"
    return Finding(
        reason,
        detail=detail,
        exception_type=exception_type or None,
        traceback=_traceback(report) or None,
    )


def _reason(phase: str, told: str) -> FailureReason:
    known = FAILURES.get(told)
    return known if known is not None and known.phase in _REPORTED_PHASES else _REPORTED_PHASES[phase]


def _traceback(report: object) -> str:
    frames = field(report, "frames")
    return lines([frame for frame in frames if isinstance(frame, str)]) if isinstance(frames, list) else ""
