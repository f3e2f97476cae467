"""The threads that plain functions of the Model run on: as many as are busy at once, which the limits bound.

Ours, so that neither the 40 of anyio's limiter nor anybody else's work bounds them. A thread that never
returns cannot be killed: it is abandoned, another takes its place, and past a number of those the process is
not alive. They are daemons: none of them keeps the process.
"""

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

ABANDONED_AT_MOST = 16
"""With more threads than this that never returned, only a restart frees what they hold."""

Job = Callable[[Callable[[], None]], None]
"""Works, calls what it was given to make its thread free again, and then tells of its end."""


class Threads(Executor):
    """Runs functions on threads, for one event loop. Idle ones wait for the next function; none ever ends."""

    def __init__(self) -> None:
        self.abandoned = 0
        """Threads that nobody waits for any more and that have not returned."""
        self._idle: list[SimpleQueue[Job]] = []
        self._started = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Runs a function and returns its future: what an executor does."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._give(functools.partial(_fulfil, future, fn, args, kwargs))
        return future

    def run(
        self, context: contextvars.Context, function: Callable[..., T], args: Any, kwargs: Any
    ) -> asyncio.Future[T]:
        """Runs a function in a context and returns the loop's own future of it: cheaper than ``submit``."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._give(functools.partial(self._deliver, loop, future, context, function, args, kwargs))
        return future

    def abandon(self, ended: asyncio.Future[Any]) -> None:
        """Counts a thread as abandoned until the future says that it has returned after all."""
        self.abandoned += 1
        ended.add_done_callback(self._returned)

    def problem(self) -> str | None:
        """Says what is wrong once too many threads have been abandoned."""
        if self.abandoned <= ABANDONED_AT_MOST:
            return None
        return f"{self.abandoned} threads of the model never returned"

    def _returned(self, ended: asyncio.Future[Any]) -> None:  # noqa: ARG002 - the signature of a callback
        self.abandoned -= 1

    def _give(self, job: Job) -> None:
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            self._started += 1
            name = f"model-{self._started}"
            threading.Thread(target=self._work, args=(inbox,), name=name, daemon=True).start()
        inbox.put(job)

    def _work(self, inbox: SimpleQueue[Job]) -> None:
        rest = functools.partial(self._idle.append, inbox)
        while True:
            inbox.get()(rest)

    def _deliver(
        self,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[T],
        context: contextvars.Context,
        function: Callable[..., T],
        args: Any,
        kwargs: Any,
        rest: Callable[[], None],
    ) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = context.run(function, *args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - handed to who awaits it, whatever it is
            # These cannot pass through a future: whoever awaits it would hang, or think itself cancelled.
            error = (
                raised if not isinstance(raised, StopIteration | asyncio.CancelledError) else _renamed(raised)
            )
        rest()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to tell
            loop.call_soon_threadsafe(self._settle, future, result, error)

    def _settle(self, future: asyncio.Future[T], result: T, error: BaseException | None) -> None:
        if future.cancelled():
            self.abandoned -= 1  # by who was cancelled while waiting for it
        elif error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)


class OwnThreads(ThreadPoolExecutor):
    """What the Model's own ``asyncio.to_thread`` runs on: the end of the loop does not wait for it."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - see above
        """Takes nothing more; what runs is left to itself."""
        super().shutdown(wait=False, cancel_futures=cancel_futures)


def _renamed(error: BaseException) -> RuntimeError:
    renamed = RuntimeError(f"{type(error).__name__} raised by a plain function")
    renamed.__cause__ = error
    return renamed


def _fulfil(
    future: Future[T], function: Callable[..., T], args: Any, kwargs: Any, rest: Callable[[], None]
) -> None:
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - handed to who awaits it, whatever it is
        rest()
        future.set_exception(error)
    else:
        rest()
        future.set_result(result)
