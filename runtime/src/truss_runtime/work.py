"""One request's right to go on: it ends when its client leaves or when its time is up.

Flow: the connection tells of a client that left, :class:`Deadlines` of time that is up; either cancels the
task that works for the request. A thread cannot be cancelled: it is told by an event, and waited for until
its time is up. Nothing here knows of HTTP.
"""

import asyncio
import contextvars
import threading
from typing import Any, Literal

Cause = Literal["left", "late", "stalled"]


class WorkEndedError(Exception):
    """Nobody waits for the result any more; ``Work.cause`` says why."""


class Work:
    """What is done for one request, by one task. For the event loop, but for the event that threads watch.

    Args:
        task: works for the request, and is cancelled once nobody needs that.
    """

    __slots__ = ("_ended", "_over", "_task", "cause", "on_thread")

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.cause: Cause | None = None
        """Why the work ends early: the client left, the deadline passed, or a stream stood still."""
        self.on_thread = False
        """Whether a thread has it now, which must be waited for."""
        self._task = task
        self._ended: threading.Event | None = None
        self._over = False

    def leave(self) -> None:
        """The client has gone: cancels the task, or tells the thread."""
        if self._over or self.cause is not None:
            return
        self._end("left")
        if not self.on_thread:
            self._task.cancel()

    def expire(self, cause: Cause) -> None:
        """The time is up: cancels the task, and with it the wait for a thread."""
        if self._over:
            return
        self._end(self.cause or cause)
        self._task.cancel()

    def finish(self) -> None:
        """From now on nothing ends it: what is left to do is to close and to say what happened."""
        self._over = True

    def watch(self) -> threading.Event:
        """Returns the event that is set once nobody waits for the result."""
        if self._ended is None:
            self._ended = threading.Event()
            if self.cause is not None:
                self._ended.set()
        return self._ended

    def _end(self, cause: Cause) -> None:
        self.cause = cause
        if self._ended is not None:
            self._ended.set()


WORK: contextvars.ContextVar[Work | None] = contextvars.ContextVar("work", default=None)
"""What the current task works for; None where no request is behind it."""


class Deadlines:
    """Expires each work that takes longer than it may.

    All have the same time, so they expire in the order in which they came, and one timer serves them all.

    Args:
        seconds: how long a work may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[Work, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, work: Work) -> None:
        """Starts the time of a work."""
        loop = asyncio.get_running_loop()
        self._due[work] = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._expire)

    def remove(self, work: Work) -> None:
        """Stops the time of a work: it has ended, or goes by another measure."""
        self._due.pop(work, None)

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        now = loop.time()
        for work, due in list(self._due.items()):
            if due > now:
                self._timer = loop.call_at(due, self._expire)
                return
            del self._due[work]
            work.expire("late")
