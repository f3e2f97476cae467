"""The order of the queue: lanes by urgency, first come first served in each, and none waits for ever."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

PATIENCE = 8
"""Of so many keys that are taken, one is of a lane that is not the most urgent: of each in its turn."""


class Lanes(Generic[K]):
    """Distinct keys, each in one lane.

    Args:
        count: How many lanes; 0 is the most urgent.
    """

    def __init__(self, count: int) -> None:
        self._lanes: list[OrderedDict[K, None]] = [OrderedDict() for _ in range(count)]
        self._lane_of: dict[K, int] = {}
        self._turn = 0
        self._favoured = 0
        """The lane that was last taken from out of turn."""

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
        first = 0 if self._turn else self._next_favoured()
        for number in (*range(first, len(self._lanes)), *range(first)):
            if lane := self._lanes[number]:
                key, _ = lane.popitem(last=False)
                del self._lane_of[key]
                return key, number
        raise LookupError("no key waits")

    def _next_favoured(self) -> int:
        """The next lane in turn that is not empty, but the most urgent only when there is no other."""
        count = len(self._lanes)
        turns = [(self._favoured + step) % count for step in range(1, count + 1)]
        self._favoured = next((number for number in turns if number and self._lanes[number]), 0)
        return self._favoured
