"""``status.history``: what became of each revision, with what the one that serves has told of itself."""

from collections.abc import Iterable

from truss_operator.api.v1alpha1 import RevisionStatus
from truss_operator.status.serving import Serving
from truss_operator.status.summary import kinds_in, summary_of

LENGTH = 10
"""How many revisions a status tells of, and how many are kept."""


def history_of(
    known: Iterable[RevisionStatus], serving: Serving | None, good: str | None, now: str
) -> list[RevisionStatus]:
    """The newest entries, as Ready has it in the same status.

    Args:
        known: newest first, as they were when it was decided which revision runs.
        serving: the revision that serves: its entry gets its image and routes.
        good: the revision that is good, which it may have become since.
        now: in RFC 3339.
    """
    return [_told(_proven(entry, good, now), serving) for entry in known][:LENGTH]


def dropped_routes(history: Iterable[RevisionStatus], revision: str) -> tuple[list[str], str]:
    """The kinds of route that a revision no longer serves, and the revision that served them last.

    It is compared with the one before it that served; one that came to nothing dropped nothing.
    """
    entries = iter(history)
    mine = next((entry for entry in entries if entry.revision == revision), None)
    before = next((entry for entry in entries if entry.routes is not None), None)
    if mine is None or mine.routes is None or before is None or before.routes is None:
        return [], ""
    kept, all_kept = kinds_in(mine.routes)
    if not all_kept:
        return [], ""  # what is not shown may be there
    return [kind for kind in kinds_in(before.routes)[0] if kind not in kept], before.revision


def _proven(entry: RevisionStatus, good: str | None, now: str) -> RevisionStatus:
    if entry.revision != good or entry.outcome == "Succeeded":
        return entry
    return entry.model_copy(update={"outcome": "Succeeded", "reason": None, "time": now})


def _told(entry: RevisionStatus, serving: Serving | None) -> RevisionStatus:
    if serving is None or entry.revision != serving.revision:
        return entry
    kinds = summary_of([route.kind for route in serving.routes])
    return entry.model_copy(update={"image": serving.image, "routes": kinds})
