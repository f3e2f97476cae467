"""What goes first in the queue: someone who has just changed something waits for it. Pure."""

from enum import IntEnum
from typing import Protocol

from truss_operator.controller.cache import Entry, says_ready
from truss_operator.controller.key import Key
from truss_operator.observation import Json


class Urgency(IntEnum):
    """Why a TrussModel is looked at, most urgent first."""

    CHANGED = 0
    """Someone has changed it, or deleted it."""
    MOVED = 1
    """Something of one that was ready has changed, a child or a pod: its status may have become a lie."""
    RISING = 2
    """It is new, or something of one that was not ready yet has changed. Both wait in one line, so that of
    thousands each is looked at as seldom as can be."""
    ROUTINE = 3
    """It is its turn again; nothing has happened that is known of."""


class Add(Protocol):
    """Has a TrussModel looked at."""

    def __call__(self, key: Key, urgency: Urgency, /) -> None:
        """Soon, in the order of urgency."""
        ...


def urgency_of(known: Entry | None, obj: Json, *, deleted: bool) -> Urgency:
    """How urgent the news of a TrussModel is.

    Args:
        known: As it was before the news.
        obj: As it is now, or last was.
        deleted: Whether it is gone.
    """
    if deleted:
        return Urgency.CHANGED
    if known is None:
        return Urgency.RISING
    before, after = known.object["metadata"], obj["metadata"]
    same = before["uid"] == after["uid"] and before.get("generation") == after.get("generation")
    gone = "deletionTimestamp" in after and "deletionTimestamp" not in before
    return urgency_of_move(ready=says_ready(known.object)) if same and not gone else Urgency.CHANGED


def urgency_of_move(*, ready: bool) -> Urgency:
    """How urgent the news of something that belongs to a TrussModel is, which was ready or not."""
    return Urgency.MOVED if ready else Urgency.RISING


def urgency_of_start(model: Entry) -> Urgency:
    """How urgent a look is at one of which a process that begins to work knows no news."""
    settled = says_ready(model.object) and _observed(model.object)
    return Urgency.ROUTINE if settled else Urgency.RISING


def _observed(model: Json) -> bool:
    observed = (model.get("status") or {}).get("observedGeneration")
    return bool(observed == model["metadata"].get("generation"))
