"""Runs user code: coroutines on the event loop, plain functions on threads of the runtime's own.

Context variables are carried over. A call whose client has left is told so and waited for, until its time is
up: then its thread is abandoned. It knows nothing of HTTP.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from typing import Any

from truss_runtime.threads import Threads
from truss_runtime.work import WORK, WorkEndedError


class Caller:
    """Calls into user code from the event loop."""

    def __init__(self) -> None:
        self.threads = Threads()

    async def on_thread(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs a plain function on a thread and returns its result, awaited if that is awaitable.

        Raises:
            WorkEndedError: it has returned, but the client of the request has gone meanwhile.
        """
        work = WORK.get()
        running = self.threads.run(contextvars.copy_context(), function, args, kwargs)
        if work is not None:
            work.on_thread = True
        try:
            result = await running
        except asyncio.CancelledError:
            if running.cancelled():
                self.threads.abandoned += 1  # until it returns after all
            raise
        finally:
            if work is not None:
                work.on_thread = False
        if work is not None and work.cause is not None:
            raise WorkEndedError
        return await result if inspect.isawaitable(result) else result

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function of either kind: on the loop if it is ``async``, else on a thread."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        return await self.on_thread(function, *args)
