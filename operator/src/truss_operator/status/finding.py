"""A finding: one failure as an observation shows it, before it becomes ``status.lastFailure``.

A finding says the same for as long as the fact persists: what differs from look to look (which pod, which
attempt) does not make it another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from truss_operator.api.v1alpha1 import LastFailure
from truss_operator.status.prose import MESSAGE_BYTES, cut, one_line, sentence
from truss_operator.status.reasons import FAILURES, FailureReason

_ROOM_BEHIND = 256
"""Bytes that a condition may add behind a failure's message: what serves meanwhile, and where to read on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One failure, seen once."""

    reason: FailureReason
    detail: str = ""
    """What the one who noticed it says: kubelet, runtime, API server. Unsanitised."""
    exception_type: str | None = None
    traceback: str | None = None
    pod: str | None = None
    container: str | None = None
    exit_code: int | None = None
    time: str | None = None
    """When it happened, where that is known."""
    vague: bool = False
    """That the cause is not told now, though it may have been before: then it is the earlier failure of the
    phase."""

    def is_of(self, failure: LastFailure) -> bool:
        """Whether the failure is this fact, seen before.

        Most facts are worded anew with each attempt. A refusal of the API server is not: other words, another
        one.
        """
        if self.vague and failure.phase == self.reason.phase:
            return True
        same_kind = (failure.reason, failure.exception_type) == (self.reason.name, self.exception_type)
        return same_kind and (self.reason.phase != "config" or failure.message == self._message())

    def as_failure(self, revision: str, now: str) -> LastFailure:
        """The failure to report."""
        return LastFailure(
            phase=self.reason.phase,
            reason=self.reason.name,
            message=self._message(),
            revision=revision,
            time=self.time or now,
            exception_type=self.exception_type,
            traceback=self.traceback,
            pod=self.pod,
            container=self.container,
            exit_code=self.exit_code,
        )

    def _message(self) -> str:
        """What is so, what was said of it, what to do: the last always whole, the middle cut to fit."""
        detail = one_line(self.detail)
        room = (
            MESSAGE_BYTES
            - _ROOM_BEHIND
            - len(self.reason.meaning.encode())
            - len(self.reason.next_step.encode())
            - 8
        )
        if not detail:
            return f"{self.reason.meaning}. {self.reason.next_step}"
        return f"{self.reason.meaning}: {sentence(cut(detail, room))} {self.reason.next_step}"


def choose(
    findings: Sequence[Finding],
    before: LastFailure | None,
    revision: str,
    now: str,
) -> LastFailure | None:
    """The one failure to report of a revision.

    What was reported before stays, word for word, while one of the findings shows that it is still so. Else
    it is the one whose reason stands first in the vocabulary, and among several pods the first by name.
    """
    if before is not None and before.revision == revision and any(found.is_of(before) for found in findings):
        return before
    order = list(FAILURES)
    ranked = sorted(findings, key=lambda found: (order.index(found.reason.name), found.pod or ""))
    return ranked[0].as_failure(revision, now) if ranked else None
