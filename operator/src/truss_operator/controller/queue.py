"""The work queue: keys that need a look, each at most once, none handled twice at the same time.

The semantics are those of client-go's workqueue: a key added while it is being handled is handled once more
after that; a key can be added for later; a key that failed comes back with its own growing delay. Beyond it:
a key is as urgent as the most urgent reason that it was added for; and whoever takes keys may leave out those
that failed, so that they never occupy everyone. Knows nothing of what a key is for.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from truss_operator.controller.backoff import Backoff
from truss_operator.controller.lanes import Lanes
from truss_operator.controller.urgency import Urgency

K = TypeVar("K", bound=Hashable)


class Timer(Protocol):
    """A call that was put off."""

    def cancel(self) -> None:
        """Does not make it."""
        ...


class Clock(Protocol):
    """Time and timers. An asyncio event loop is one."""

    def time(self) -> float:
        """Seconds, monotonic."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None], /) -> Timer:
        """Calls back after `delay` seconds."""
        ...


class QueueObserver(Protocol):
    """Told what passes through the queue, for metrics."""

    def added(self, depth: int) -> None:
        """A key was added; `depth` keys wait now."""
        ...

    def taken(self, depth: int, waited: float) -> None:
        """A key was taken after `waited` seconds; `depth` keys wait now."""
        ...

    def retried(self) -> None:
        """A key failed and was put off."""
        ...

    def closed(self) -> None:
        """No key waits any more: the queue was closed."""
        ...


class QueueClosed(Exception):  # noqa: N818  # not an error: the end
    """The queue gives no more keys."""


class WorkQueue(Generic[K]):
    """A queue of distinct keys for several workers in one event loop."""

    def __init__(self, clock: Clock, backoff: Backoff, observer: QueueObserver) -> None:
        self._clock = clock
        self._backoff = backoff
        self._observer = observer
        self._sound: Lanes[K] = Lanes(len(Urgency))
        self._ailing: Lanes[K] = Lanes(len(Urgency))
        """Those that failed when they were handled last."""
        self._since: dict[K, float] = {}
        """When each waiting key was added."""
        self._taken: dict[K, Urgency] = {}
        self._again: dict[K, Urgency] = {}
        """Keys that were added while they are being handled."""
        self._timers: dict[K, tuple[float, Timer, Urgency]] = {}
        self._failures: dict[K, int] = {}
        self._not_before: dict[K, float] = {}
        """Until when the API server wants to hear nothing of a key, whatever happens to it."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        """Who waits for a key, whichever."""
        self._choosy: deque[asyncio.Future[None]] = deque()
        """Who waits for one that is sound."""
        self._closed = False

    def __len__(self) -> int:
        """How many keys wait to be taken."""
        return len(self._sound) + len(self._ailing)

    def add(self, key: K, urgency: Urgency = Urgency.RISING) -> None:
        """Has the key handled when its turn comes, and not while another worker handles it."""
        if self._closed:
            return
        if key in self._taken:
            urgency = self._cancel_timer(key, urgency)
            self._again[key] = min(urgency, self._again.get(key, urgency))
            return
        wait = self._not_before.get(key, 0.0) - self._clock.time()
        if wait > 0:
            self.add_after(key, wait, urgency)
            return
        self._not_before.pop(key, None)
        urgency = self._cancel_timer(key, urgency)
        sound = key not in self._failures
        if not (self._sound if sound else self._ailing).push(key, urgency):
            return
        self._since[key] = self._clock.time()
        self._observer.added(len(self))
        self._wake_one(sound=sound)

    def add_after(self, key: K, delay: float, urgency: Urgency | None = None) -> None:
        """Has the key handled after `delay` seconds, unless it is before that for another reason.

        Args:
            key: For which, if it is taken, `urgency` is by default what it was taken with.
            delay: In seconds.
            urgency: How urgent it is then.
        """
        if self._closed or key in self._since:
            return
        then = urgency if urgency is not None else self._taken.get(key, Urgency.RISING)
        if delay <= 0:
            self.add(key, then)
            return
        due = self._clock.time() + delay
        if key in self._timers:
            due = min(due, self._timers[key][0])
        then = self._cancel_timer(key, then)
        timer = self._clock.call_later(due - self._clock.time(), lambda: self._due(key))
        self._timers[key] = (due, timer, then)

    def retry(self, key: K, at_least: float | None = None) -> float:
        """Has a key that failed handled again, later each time; returns in how many seconds.

        Args:
            key: One that is taken.
            at_least: Seconds of a Retry-After, for which it is not handled for any other reason either.
        """
        self._failures[key] = self._failures.get(key, 0) + 1
        delay = self._backoff.delay(self._failures[key], at_least)
        self._observer.retried()
        if at_least is not None:
            self._not_before[key] = self._clock.time() + at_least
        self.add_after(key, delay)
        return delay

    def forget(self, key: K) -> None:
        """Counts the failures of a key from zero again."""
        self._failures.pop(key, None)
        self._not_before.pop(key, None)

    def hurry(self) -> None:
        """Has all keys that failed handled now: their cause has passed. No Retry-After is cut short."""
        for key in [key for key in self._timers if key in self._failures]:
            self._failures.pop(key)
            self.add(key, Urgency.ROUTINE)  # or whatever it was put off with

    async def get(self, *, sound: bool = False) -> K:
        """Takes the most urgent key, of those the one that has waited longest; `done` must follow.

        Args:
            sound: Whether it must be one that did not fail when it was handled last. Otherwise those that
                did come first: so they have whoever takes any key, and nobody else.

        Raises:
            QueueClosed: After `close`.
        """
        lanes = (self._sound,) if sound else (self._ailing, self._sound)
        while not any(lanes):
            if self._closed:
                raise QueueClosed
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            (self._choosy if sound else self._waiting).append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    for lanes_of_kind, kind in ((self._ailing, False), (self._sound, True)):
                        if lanes_of_kind:
                            self._wake_one(sound=kind)
                raise
        if self._closed:
            raise QueueClosed
        key, lane = next(filter(None, lanes)).pop()
        self._taken[key] = Urgency(lane)
        self._observer.taken(len(self), self._clock.time() - self._since.pop(key))
        return key

    def done(self, key: K) -> None:
        """Gives a taken key back."""
        self._taken.pop(key, None)
        urgency = self._again.pop(key, None)
        if urgency is not None:
            self.add(key, urgency)

    def close(self) -> None:
        """Gives no more keys: every `get` raises, waiting ones at once."""
        self._closed = True
        for _, timer, _ in self._timers.values():
            timer.cancel()
        self._timers.clear()
        while self._waiting or self._choosy:
            self._wake_one(sound=True)
        self._observer.closed()

    def _due(self, key: K) -> None:
        _, _, urgency = self._timers.pop(key)
        self.add(key, urgency)

    def _cancel_timer(self, key: K, urgency: Urgency) -> Urgency:
        """Puts a key off no longer; returns the greater urgency: what it was put off for is still to do."""
        pending = self._timers.pop(key, None)
        if pending is None:
            return urgency
        pending[1].cancel()
        return min(urgency, pending[2])

    def _wake_one(self, *, sound: bool) -> None:
        """Wakes one of those that would take a key of that kind, first of those that take no other."""
        for waiters in (self._choosy, self._waiting) if sound else (self._waiting,):
            while waiters:
                waiter = waiters.popleft()
                if not waiter.done():
                    waiter.set_result(None)
                    return
