"""The order of the queue: lanes by urgency, first come first served in each, and none waits for ever."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

PATIENCE = 8
"""Of so many keys that are taken, one is of the least urgent lane."""


class Lanes(Generic[K]):
    """Distinct keys, each in one lane.

    Args:
        count: How many lanes; 0 is the most urgent.
    """

    def __init__(self, count: int) -> None:
        self._lanes: list[OrderedDict[K, None]] = [OrderedDict() for _ in range(count)]
        self._lane_of: dict[K, int] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._lane_of)

    def __contains__(self, key: K) -> bool:
        return key in self._lane_of

    def push(self, key: K, lane: int) -> bool:
        """Puts a key at the end of a lane; one that is in a more urgent lane stays there.

        Returns:
            Whether it was in none before.
        """
        known = self._lane_of.get(key)
        if known is not None:
            if known <= lane:
                return False
            del self._lanes[known][key]
        self._lanes[lane][key] = None
        self._lane_of[key] = lane
        return known is None

    def pop(self) -> tuple[K, int]:
        """Takes the key whose turn it is, and says of which lane it was.

        Raises:
            LookupError: There is none.
        """
        self._turn = (self._turn + 1) % PATIENCE
        order = range(len(self._lanes)) if self._turn else reversed(range(len(self._lanes)))
        for number in order:
            if lane := self._lanes[number]:
                key, _ = lane.popitem(last=False)
                del self._lane_of[key]
                return key, number
        raise LookupError("no key waits")
