"""Sends a stream: chunk by chunk, until it ends, fails, or nobody is left to read it.

The answer's status waits for the first chunk, so that an error before it is a plain HTTP error. After it, an
error goes out in the stream's own grammar and the connection is cut: a truncated stream must never look
whole.
"""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from concurrent.futures import Executor
from typing import Any

from starlette.types import Receive, Send

from truss_runtime.exchange import Outcome
from truss_runtime.kinds import Dialect
from truss_runtime.stream.pump import Pump
from truss_runtime.stream.sse import Grammar, grammar_for

logger = logging.getLogger(__name__)

BREATHE_EVERY = 16
"""A generator that never suspends would hide from the loop that its reader has gone: it pauses this often."""

_HEADERS = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))


def chunks_of(result: Any, executor: Executor) -> AsyncIterator[Any] | None:
    """Returns the chunks of a generator or iterator of either kind, and None for any other result."""
    if isinstance(result, AsyncIterator):
        return result
    if isinstance(result, AsyncIterable):
        return aiter(result)
    return Pump(result, executor) if isinstance(result, Iterator) else None


class _Departure:
    """Watches the connection and cancels the current task once the client has gone."""

    def __init__(self, receive: Receive) -> None:
        self.left = False
        self._over = False
        self._receive = receive
        self._working = asyncio.current_task()
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._over:
            self.left = True
            if self._working is not None:
                self._working.cancel()

    def stop(self) -> None:
        """Ends the watch: what happens from now on cancels nothing."""
        self._over = True
        self._watching.cancel()


async def send_stream(
    chunks: AsyncIterator[Any],
    receive: Receive,
    send: Send,
    *,
    dialect: Dialect,
    failed: Callable[[BaseException], bytes],
) -> Outcome:
    """Sends all chunks and returns how it went. The iterator is closed in any case.

    Args:
        chunks: what to send.
        receive: tells when the client has gone.
        send: takes the answer.
        dialect: whose grammar the route follows.
        failed: takes note of an error after the first chunk and returns the JSON to tell of it.

    Raises:
        Exception: whatever the first chunk raised; nothing has been sent then.
    """
    departure = _Departure(receive)
    try:
        return await _send(chunks, send, departure, dialect=dialect, failed=failed)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if not departure.left or task is None:
            raise
        task.uncancel()
        return "client_left"
    finally:
        departure.stop()
        await _close(chunks)


async def _send(
    chunks: AsyncIterator[Any],
    send: Send,
    departure: _Departure,
    *,
    dialect: Dialect,
    failed: Callable[[BaseException], bytes],
) -> Outcome:
    first = await anext(chunks, b"")
    grammar = grammar_for(first, dialect)
    data = grammar.chunk(first)
    headers = [(b"content-type", grammar.media_type), *_HEADERS]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    try:
        await _send_rest(data, chunks, grammar, send, departure)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever user code raises ends its stream
        data = grammar.error(failed(error))
        await send({"type": "http.response.body", "body": data, "more_body": True})
        return "cut"
    if departure.left:
        return "client_left"
    departure.stop()
    await send({"type": "http.response.body", "body": grammar.end()})
    return "answered"


async def _send_rest(
    data: bytes, chunks: AsyncIterator[Any], grammar: Grammar, send: Send, departure: _Departure
) -> None:
    if data:
        await send({"type": "http.response.body", "body": data, "more_body": True})
    count = 0
    async for chunk in chunks:
        data = grammar.chunk(chunk)
        if data:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        count += 1
        if count % BREATHE_EVERY == 0:
            await asyncio.sleep(0)
        if departure.left:
            return


async def _close(chunks: AsyncIterator[Any]) -> None:
    aclose = getattr(chunks, "aclose", None)
    if aclose is None:
        return
    try:
        await aclose()
    except Exception:
        logger.exception("closing the model's generator raised")
