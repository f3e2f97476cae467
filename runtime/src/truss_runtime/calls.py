"""Runs user code: coroutines on the event loop, plain functions on threads of the runtime's own.

The threads are ours so that neither the 40 of anyio's limiter nor anybody else's work bounds them. Context
variables are carried over. It knows nothing of HTTP.
"""

import asyncio
import contextvars
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any


class Caller:
    """Calls into user code from the event loop.

    Args:
        threads: how many plain functions can run at once.
    """

    def __init__(self, threads: int) -> None:
        self.executor = ThreadPoolExecutor(threads, thread_name_prefix="model")

    async def on_thread(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs a plain function on a thread and returns its result, awaited if that is awaitable."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        result = await loop.run_in_executor(self.executor, context.run, _guarded, function, args, kwargs)
        return await result if inspect.isawaitable(result) else result

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function of either kind: on the loop if it is ``async``, else on a thread."""
        if inspect.iscoroutinefunction(function):
            return await function(*args)
        return await self.on_thread(function, *args)

    def close(self) -> None:
        """Lets idle threads end; a call that still runs is not waited for."""
        self.executor.shutdown(wait=False, cancel_futures=True)


def _guarded(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Calls the function. A StopIteration cannot pass through a future: whoever awaits it would hang."""
    try:
        return function(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError("StopIteration raised outside of a generator") from error
