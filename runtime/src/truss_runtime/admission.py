"""How many calls into the model may run at once, and how many requests may wait for their turn.

Flow: request → bind → **admit** → call → encode. A stream holds its slot until it ends. It knows nothing of
HTTP.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable, Mapping

from truss_runtime.kinds import PREDICT, Kind

OTHERS_AT_ONCE = 64
"""What Truss does in effect: predict has a limit of its own, all else is next to unbounded."""


class QueueFullError(Exception):
    """As many requests wait already as may."""


class Limit:
    """A number of slots, handed out in the order of asking. For one event loop.

    Args:
        slots: calls at once.
        queue: requests that may wait.
    """

    def __init__(self, slots: int, queue: int) -> None:
        self.slots = slots
        self._free = slots
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def taken(self) -> int:
        """Slots in use."""
        return self.slots - self._free

    @property
    def waiting(self) -> int:
        """Requests that wait for one."""
        return len(self._waiting)

    def take(self) -> bool:
        """Takes a slot if one is free, and says whether it did."""
        if self._free and not self._waiting:
            self._free -= 1
            return True
        return False

    async def wait(self) -> None:
        """Waits for a slot and takes it.

        Raises:
            QueueFullError: too many wait already.
        """
        if self.take():
            return
        if len(self._waiting) >= self._queue:
            raise QueueFullError
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back()  # it was our turn, but nobody is here to use it
            else:
                with contextlib.suppress(ValueError):  # passed over already
                    self._waiting.remove(turn)
            raise

    def give_back(self) -> None:
        """Hands the slot to whoever waits longest, or back."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Place:
    """What one request holds: a slot of one limit at a time, or none."""

    __slots__ = ("_limit",)

    def __init__(self) -> None:
        self._limit: Limit | None = None

    async def move(self, limit: Limit) -> None:
        """Waits for a slot, and holds it in place of the one held so far; that is given back first.

        Raises:
            QueueFullError: too many wait already.
        """
        if self._limit is limit:
            return
        self.leave()
        if not limit.take():
            await limit.wait()
        self._limit = limit

    def leave(self) -> None:
        """Gives the slot back."""
        if self._limit is not None:
            self._limit.give_back()
            self._limit = None


class Limits:
    """The limit that each kind of route is under, and the one of what runs around predict.

    With one limit over all, a request holds its slot from its first step to its last. Otherwise preprocess
    and postprocess are not among the calls of predict: they go on while another request's predict runs, as
    on Truss.

    Args:
        kinds: all kinds of route.
        concurrency: one limit over all of them; None for one of each kind's default.
        predict: calls of predict at once, where ``concurrency`` is None.
        queue: requests that may wait at each limit.
    """

    def __init__(self, kinds: Iterable[Kind], *, concurrency: int | None, predict: int, queue: int) -> None:
        if concurrency is None:
            predicts, others = Limit(predict, queue), Limit(OTHERS_AT_ONCE, queue)
            self.around_predict = Limit(OTHERS_AT_ONCE, queue)
            self._limits = {"predict": predicts, "around_predict": self.around_predict, "others": others}
            self.by_kind: Mapping[str, Limit] = {
                kind.name: predicts if kind is PREDICT else others for kind in kinds
            }
        else:
            shared = self.around_predict = Limit(concurrency, queue)
            self._limits = {"all": shared}
            self.by_kind = {kind.name: shared for kind in kinds}

    def taken(self) -> dict[str, float]:
        """Returns the slots in use, by the name of the limit."""
        return {name: limit.taken for name, limit in self._limits.items()}

    def waiting(self) -> dict[str, float]:
        """Returns the requests that wait, by the name of the limit."""
        return {name: limit.waiting for name, limit in self._limits.items()}
