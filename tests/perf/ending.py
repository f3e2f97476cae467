"""Runs a benchmark so that SIGTERM ends it as Ctrl-C does: with all the servers that it has started."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(benchmark: Coroutine[Any, Any, T]) -> T:
    """What the coroutine returns.

    Raises:
        CancelledError: It was told to end, and has.
    """

    async def ending() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await benchmark

    return asyncio.run(ending())
