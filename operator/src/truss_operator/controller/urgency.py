"""What goes first in the queue: someone who has just changed something waits for it. Pure."""

from enum import IntEnum
from typing import Protocol

from truss_operator.controller.cache import Entry
from truss_operator.controller.key import Key
from truss_operator.observation import Json


class Urgency(IntEnum):
    """Why a TrussModel is looked at, most urgent first."""

    CHANGED = 0
    """Someone has changed it, or deleted it."""
    MOVED = 1
    """It is new; or something of it has changed, a child, a pod; or a pause that was asked for is over. First
    come, first served: were the new ones first, none of thousands would be told of before all are made."""
    ROUTINE = 2
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
        return Urgency.MOVED
    before, after = known.object["metadata"], obj["metadata"]
    same = before["uid"] == after["uid"] and before.get("generation") == after.get("generation")
    gone = "deletionTimestamp" in after and "deletionTimestamp" not in before
    return Urgency.MOVED if same and not gone else Urgency.CHANGED
