"""Gathers a stream of text into one string, for clients of /predict that ask for JSON and read no stream."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from truss_runtime.stream.sending import BREATHE_SECONDS, close_chunks
from truss_runtime.threads import Threads


class Resumed:
    """A stream whose first chunk has been looked at.

    Args:
        first: that chunk, which comes again.
        rest: gives the others.
    """

    def __init__(self, first: Any, rest: AsyncIterator[Any]) -> None:
        self._first = [first]
        self._rest = rest

    def __aiter__(self) -> "Resumed":
        return self

    async def __anext__(self) -> Any:
        """Returns the next chunk."""
        return self._first.pop() if self._first else await anext(self._rest)

    async def aclose(self) -> None:
        """Closes the stream, if it can be closed."""
        close = getattr(self._rest, "aclose", None)
        if close is not None:
            await close()


async def gathered(
    chunks: AsyncIterator[Any], patience: float, threads: Threads
) -> tuple[str, None] | tuple[None, AsyncIterator[Any]]:
    """Returns all of a stream of strings as one, or any other stream as it was.

    Args:
        chunks: the stream. It is closed if it cannot be read to its end.
        patience: how long closing it may take, in seconds.
        threads: told of one that does not come back.

    Raises:
        Exception: whatever the stream raised.
    """
    try:
        first = await anext(chunks, "")
        if not isinstance(first, str):
            return None, Resumed(first, chunks)
        parts = [first]
        breath = time.monotonic()
        async for chunk in chunks:
            parts.append(chunk if isinstance(chunk, str) else bytes(chunk).decode("utf-8", "replace"))
            if time.monotonic() - breath >= BREATHE_SECONDS:
                await asyncio.sleep(0)
                breath = time.monotonic()
    except BaseException:
        await close_chunks(chunks, patience, threads)
        raise
    return "".join(parts), None
