"""The history: what became of each revision, newest first, told by the status and by what is stored.

Either may be behind or lost. What a revision has come to, neither takes back: one that was good once is good,
whatever happens to its pods later, and one that failed has failed until it serves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from truss_operator.api.v1alpha1 import Outcome, RevisionStatus
from truss_operator.revisions.stored import Stored

_RANK: dict[Outcome, int] = {"Progressing": 0, "Superseded": 0, "Failed": 1, "Succeeded": 2}


@dataclass(frozen=True, slots=True)
class History:
    """All revisions that are known, newest first."""

    entries: tuple[RevisionStatus, ...]

    def of(self, revision: str) -> RevisionStatus | None:
        """The entry of that revision."""
        return next((entry for entry in self.entries if entry.revision == revision), None)

    def wanting(self, revision: str, image: str, now: str) -> "History":
        """With that revision in front: it is the one that spec asks for.

        One that is still under way behind it will not be waited for. One that comes again keeps what it came
        to.
        """
        mine = self.of(revision)
        if mine is None or mine.outcome == "Superseded":
            mine = RevisionStatus(revision=revision, image=image, time=now, outcome="Progressing")
        others = [_superseded(entry, now) for entry in self.entries if entry.revision != revision]
        return History((mine, *others))

    def succeeded(self, revision: str, now: str) -> "History":
        """With that revision good, from now on if it was not before."""
        return self._with(revision, "Succeeded", None, now)

    def failed(self, revision: str, reason: str, now: str) -> "History":
        """With that revision failed, from now on if it had not before."""
        return self._with(revision, "Failed", reason, now)

    def good(self) -> list[str]:
        """The revisions that were good, newest first."""
        return [entry.revision for entry in self.entries if entry.outcome == "Succeeded"]

    def _with(self, revision: str, outcome: Outcome, reason: str | None, now: str) -> "History":
        return History(
            tuple(
                entry.model_copy(update={"outcome": outcome, "reason": reason, "time": now})
                if entry.revision == revision and _RANK[entry.outcome] < _RANK[outcome]
                else entry
                for entry in self.entries
            )
        )


def known(told: Iterable[RevisionStatus], stored: Mapping[str, Stored]) -> History:
    """The history as the status tells it, completed, corrected and ordered by what is stored."""
    entries = {entry.revision: entry for entry in told}
    for one in stored.values():
        if one.record is None:
            continue
        entry = entries.setdefault(one.revision, one.record.entry)
        if _RANK[entry.outcome] < _RANK[one.record.entry.outcome]:
            entries[one.revision] = one.record.entry
    age = {one.revision: -one.number for one in stored.values()}
    return History(tuple(sorted(entries.values(), key=lambda entry: age.get(entry.revision, 1))))


def _superseded(entry: RevisionStatus, now: str) -> RevisionStatus:
    if entry.outcome != "Progressing":
        return entry
    return entry.model_copy(update={"outcome": "Superseded", "time": now})
