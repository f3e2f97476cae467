"""Why a model cannot be served: the one account that goes to stderr, the termination log and GET /routes.

Flow: locate → import → init → routes → load; each step raises :class:`ModelFailure`, ``serve`` reports it and
ends the process. docs/reference/model-contract.md lists the reasons.
"""

import contextlib
import json
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from truss_runtime.settings import DEFAULT_TERMINATION_LOG

Phase = Literal["import", "init", "load", "routes", "run"]
Reason = Literal[
    "ModelNotFound",
    "SyntaxError",
    "ImportError",
    "InvalidModel",
    "InitFailed",
    "LoadFailed",
    "LoadTimeout",
    "RequiredRouteMissing",
    "SmokeFailed",
]

REPORT_BYTES = 4096
"""The kubelet keeps no more of a termination message than this (Kubernetes: terminationMessagePath)."""


@dataclass(frozen=True, slots=True)
class Report:
    """What failed, where in the user's code, and what to do about it."""

    phase: Phase
    reason: Reason
    message: str
    """One or two sentences: what is wrong, with file and line where they are known, and the remedy."""
    exception_type: str | None = None
    frames: tuple[str, ...] = field(default=())
    """``file:line in function: source line``, the user's code only, outermost first."""

    def to_json(self) -> dict[str, Any]:
        """Returns the object that the termination log and GET /routes hold."""
        return {
            "phase": self.phase,
            "reason": self.reason,
            "exceptionType": self.exception_type,
            "message": self.message,
            "frames": list(self.frames),
        }

    def to_text(self) -> str:
        """Returns the same for a person, several lines without a final newline."""
        lines = [f"Cannot serve the model ({self.phase}: {self.reason})."]
        lines += [f"  at {frame}" for frame in self.frames]
        return "\n".join([*lines, f"  {self.message}"])

    def encode(self, limit: int = REPORT_BYTES) -> bytes:
        """Returns the JSON object in at most ``limit`` bytes of UTF-8.

        Outer frames go first, then the end of the message: what is nearest to the fault stays longest.
        """
        report = self
        while len(data := _encode(report)) > limit:
            if report.frames:
                report = replace(report, frames=report.frames[1:])
            else:
                # A character is at most 6 bytes in JSON: cutting a sixth of the excess never cuts too much.
                excess = max(1, (len(data) - limit) // 6)
                report = replace(report, message=report.message[: -excess - 1] + "…")
        return data


def _encode(report: Report) -> bytes:
    return json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace")


class ModelFailure(Exception):  # noqa: N818 - the project's word for it, in status and docs too
    """The model cannot be served; ``report`` says why."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.message)
        self.report = report


def user_frames(error: BaseException, root: Path) -> tuple[str, ...]:
    """Returns the frames of the error's traceback that lie below ``root``, outermost first."""
    frames = frames_below(traceback.extract_tb(error.__traceback__), root)
    if isinstance(error, SyntaxError) and error.filename and _below(error.filename, root):
        frames += (_describe((error.filename, error.lineno, "", (error.text or "").strip())),)
    return frames


def frames_below(stack: Iterable[traceback.FrameSummary], root: Path) -> tuple[str, ...]:
    """Returns the frames of a stack that lie below ``root``, in its order."""
    frames = [(frame.filename, frame.lineno, f" in {frame.name}", frame.line) for frame in stack]
    return tuple(_describe(frame) for frame in frames if _below(frame[0], root))


def _describe(frame: tuple[str, int | None, str, str | None]) -> str:
    filename, line, where, source = frame
    return f"{filename}:{line}{where}: {source}" if source else f"{filename}:{line}{where}"


def _below(filename: str, root: Path) -> bool:
    with contextlib.suppress(ValueError, OSError):
        return Path(filename).resolve().is_relative_to(root)
    return False


def failure_of(
    error: BaseException, phase: Phase, reason: Reason, *, root: Path, remedy: str
) -> ModelFailure:
    """Returns the failure that an exception of the user's code amounts to.

    Args:
        error: what the user's code raised.
        phase: the step that called it.
        reason: the word for it.
        root: the folder whose files are the user's code.
        remedy: what to do, a sentence.
    """
    frames = user_frames(error, root)
    name = type(error).__name__
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    place = f"{_place(frames)}: " if frames else ""
    return ModelFailure(
        Report(phase, reason, f"{place}{name}: {text or 'no message'}. {remedy}", name, frames),
    )


def _place(frames: tuple[str, ...]) -> str:
    return frames[-1].split(": ", 1)[0].split(" in ", 1)[0]


def write_report(report: Report, path: Path) -> None:
    """Writes the report to the termination log, where there is one that can be written.

    The default path exists only in a container: it is never created. A path that was asked for is.
    """
    if path == DEFAULT_TERMINATION_LOG and not path.exists():
        return
    with contextlib.suppress(OSError):
        path.write_bytes(report.encode())


def either(names: Iterable[str]) -> str:
    """Returns names as prose: ``a, b or c``."""
    *head, last = names
    return f"{', '.join(head)} or {last}" if head else last
