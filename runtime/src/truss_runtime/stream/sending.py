"""Sends a stream: chunk by chunk, until it ends, fails, stands still, or nobody is left to read it.

The answer's status waits for the first chunk, so that an error before it is a plain HTTP error; but not
longer than for one ping. After it, an error goes out in the stream's own grammar and the connection is cut: a
truncated stream must never look whole.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.types import Send

from truss_runtime.exchange import Outcome
from truss_runtime.kinds import Dialect
from truss_runtime.stream.pump import Pump
from truss_runtime.stream.sse import PING, Grammar, grammar_for
from truss_runtime.threads import Threads
from truss_runtime.work import Work

logger = logging.getLogger(__name__)

BREATHE_SECONDS = 0.002
"""A generator that never suspends hides from the loop that its reader has gone, and keeps back what it wrote.
So it pauses this often."""

STRAGGLER_SECONDS = 0.5
"""How long a thread whose time is up may take to notice that it should end."""

LAST_WORDS_SECONDS = 1.0
"""How long the event that tells of an error may wait for a reader that does not read."""

_HEADERS = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))


class TimeUpError(Exception):
    """A stream is ended because it took too long; ``Work.cause`` says whether to begin or to go on."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a stream may be quiet, in seconds."""

    ping: float
    """After which a comment keeps the connection open; also how long the status waits for the first chunk."""
    read: float
    """After which it is ended. Before the first chunk the request's deadline counts instead."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a stream goes."""

    send: Send
    """Takes the answer's start and its end."""
    send_chunk: Send
    """Takes what is between them. It may pass by whatever looks at the answer's start only."""
    write: Callable[[bytes], bool]
    """Takes a chunk at once, if it can, and says whether it did."""
    work: Work
    """Ends with the client, or with the stream's time."""
    began: Callable[[], None]
    """Called at the first chunk."""
    failed: Callable[[BaseException], bytes]
    """Takes note of an error after the start and returns the JSON to tell of it."""
    counted: Callable[[int], None]
    """Called at the end with the number of chunks."""


def chunks_of(result: Any, threads: Threads) -> AsyncIterator[Any] | None:
    """Returns the chunks of a generator or iterator of either kind, and None for any other result."""
    if isinstance(result, AsyncIterator):
        return result
    if isinstance(result, AsyncIterable):
        return aiter(result)
    return Pump(result, threads) if isinstance(result, Iterator) else None


async def send_stream(
    chunks: AsyncIterator[Any], outlet: Outlet, *, dialect: Dialect, pace: Pace, threads: Threads
) -> Outcome:
    """Sends all chunks and returns how it went. The iterator is closed in any case.

    Args:
        chunks: what to send.
        outlet: where to.
        dialect: whose grammar the route follows.
        pace: how long it may be quiet.
        threads: told of one that does not come back.

    Raises:
        Exception: whatever came in place of the first chunk; nothing has been sent then.
    """
    # In a task of its own: a chunk wakes that alone, and not each of the layers that wait for the answer.
    stream = _Stream(chunks, outlet, dialect=dialect, pace=pace)
    running = asyncio.create_task(_run(stream, threads))
    try:
        return await running
    except asyncio.CancelledError:
        if not stream.closed:  # cancelled before that task had its first turn: nothing of it has run
            await stream.close(threads)
        raise


async def _run(stream: "_Stream", threads: Threads) -> Outcome:
    try:
        return await stream.run()
    finally:
        await stream.close(threads)


class _Stream:
    """One stream on its way. A timer looks now and then how long it has been quiet."""

    def __init__(self, chunks: AsyncIterator[Any], outlet: Outlet, *, dialect: Dialect, pace: Pace) -> None:
        self.closed = False
        self._exhausted = False
        self._count = 0
        self._chunks = chunks
        self._outlet = outlet
        self._dialect = dialect
        self._pace = pace
        self._loop = asyncio.get_running_loop()
        # Where the grammar needs no chunk to be chosen, a status need not wait for one.
        self._grammar: Grammar | None = None if dialect is Dialect.PLAIN else grammar_for(b"", dialect)
        self._started = False
        self._first = False  # the first chunk has come
        self._moved = time.monotonic()
        self._pinged = self._moved
        self._pinging: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(min(pace.ping, pace.read), self._look)

    async def run(self) -> Outcome:
        """Sends everything and returns how it went."""
        outlet = self._outlet
        try:
            await self._send_all()
        except (Exception, SystemExit) as error:
            if not self._started:
                raise
            await self._send_error(error)
            return "cut"
        except asyncio.CancelledError:
            if outlet.work.cause is None or not self._started:
                raise
            if outlet.work.cause == "left":
                return "client_left"
            await self._send_error(TimeUpError())
            return "cut"
        outlet.work.finish()
        assert self._grammar is not None
        await outlet.send({"type": "http.response.body", "body": self._grammar.end()})
        return "answered"

    async def close(self, threads: Threads) -> None:
        """Ends what is still under way, the model's generator first of all."""
        self.closed = True
        work = self._outlet.work
        work.finish()
        self._outlet.counted(self._count)
        self._timer.cancel()
        if self._pinging is not None:
            self._pinging.cancel()
        if not self._exhausted:
            in_time = work.cause in (None, "left")
            await close_chunks(self._chunks, self._pace.read if in_time else STRAGGLER_SECONDS, threads)

    async def _send_all(self) -> None:
        chunks, send = self._chunks, self._outlet.send_chunk
        first = await anext(chunks, b"")
        self._first = True
        self._moved = time.monotonic()
        self._outlet.began()
        if self._grammar is None:
            self._grammar = grammar_for(first, self._dialect)
        data = self._grammar.chunk(first)
        if not self._started:
            await self._start(self._grammar)
        if data:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        frame = self._grammar.chunk
        self._count = 1 if data else 0
        if isinstance(chunks, Pump):
            await self._send_pumped(chunks, frame)
        else:
            await self._send_each(chunks, frame)
        self._exhausted = True

    async def _send_each(self, chunks: AsyncIterator[Any], frame: Callable[[Any], bytes]) -> None:
        send, write, clock = self._outlet.send_chunk, self._outlet.write, time.monotonic
        breath = clock()
        async for chunk in chunks:
            data = frame(chunk)
            if data and not write(data):
                await send({"type": "http.response.body", "body": data, "more_body": True})
            self._count += 1
            self._moved = now = clock()
            if now - breath >= BREATHE_SECONDS:
                breath = now
                await asyncio.sleep(0)

    async def _send_pumped(self, pump: Pump, frame: Callable[[Any], bytes]) -> None:
        """Sends what a thread has made so far in one piece, which costs less and delays nothing."""
        send = self._outlet.send_chunk
        breath = time.monotonic()
        async for chunk in pump:
            parts: list[bytes] = []
            failure: Exception | None = None
            try:
                parts.append(frame(chunk))
                parts.extend(map(frame, pump.ready()))
            except Exception as error:  # noqa: BLE001 - told once what came before it has been sent
                failure = error
            if data := b"".join(parts):
                await send({"type": "http.response.body", "body": data, "more_body": True})
            self._moved = now = time.monotonic()
            self._count += len(parts)
            if failure is not None:
                raise failure
            if now - breath >= BREATHE_SECONDS:
                breath = now
                await asyncio.sleep(0)

    async def _start(self, grammar: Grammar) -> None:
        self._started = True
        headers = [(b"content-type", grammar.media_type), *_HEADERS]
        await self._outlet.send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _send_error(self, error: BaseException) -> None:
        assert self._grammar is not None
        data = self._grammar.error(self._outlet.failed(error))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._outlet.send_chunk({"type": "http.response.body", "body": data, "more_body": True})

    def _look(self) -> None:
        now = time.monotonic()
        ends = self._moved + self._pace.read
        if self._first and now >= ends:
            self._outlet.work.expire("stalled")
            return
        pings = max(self._moved, self._pinged) + self._pace.ping
        if now >= pings:
            self._ping()
            self._pinged = now
            pings = now + self._pace.ping
        due = min(pings, ends) if self._first else pings
        self._timer = self._loop.call_later(due - now, self._look)

    def _ping(self) -> None:
        grammar = self._grammar
        if grammar is None or not grammar.at_boundary or (self._pinging and not self._pinging.done()):
            return
        self._pinging = self._loop.create_task(self._send_ping(grammar))

    async def _send_ping(self, grammar: Grammar) -> None:
        if not self._started:
            await self._start(grammar)
        elif not grammar.at_boundary:
            return
        await self._outlet.send_chunk({"type": "http.response.body", "body": PING, "more_body": True})


async def close_chunks(chunks: Any, patience: float, threads: Threads) -> None:
    """Closes the generator and waits until it is. A thread that does not end in time is abandoned."""
    aclose = getattr(chunks, "aclose", None)
    if aclose is None:
        return
    try:
        async with asyncio.timeout(patience):
            await aclose()
    except TimeoutError:
        logger.warning("the model's generator did not end within %g s of being closed", patience)
        if isinstance(chunks, Pump):
            threads.abandon(chunks.ended)
    except Exception:
        logger.exception("closing the model's generator raised")
