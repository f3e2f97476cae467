"""Passes on a Response of the model's own, byte by byte as it is, and ends it when it stands still.

What such a Response sends has a grammar of its own, so nothing is put in: no pings, no event that tells of an
error. It ends like a stream of the runtime's: with its client, or once nothing has moved for too long.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.concurrency import iterate_in_threadpool
from starlette.types import Message, Send

from truss_runtime.stream.pump import Pump
from truss_runtime.stream.sending import BREATHE_SECONDS
from truss_runtime.threads import Threads
from truss_runtime.work import Work


def walk_on_our_threads(response: Any, threads: Threads) -> Any:
    """Has a plain generator in a StreamingResponse walked like any other, and returns the response's chunks.

    Starlette hides it in a generator of its own that takes a thread of 40 for each chunk, and that leaves it
    open when the client goes.

    Args:
        response: any Response.
        threads: whose thread walks it.
    """
    chunks: Any = getattr(response, "body_iterator", None)
    if getattr(chunks, "ag_code", None) is iterate_in_threadpool.__code__:
        hidden = chunks.ag_frame.f_locals.get("iterator")
        if hidden is not None:
            response.body_iterator = chunks = Pump(iter(hidden), threads)
    return chunks


class Passage:
    """The way out of one Response.

    Args:
        send: takes what it sends.
        work: ends with the client, or when nothing has moved.
        read_seconds: how long nothing may move once the body has begun.
        began: called with the first part of the body, and told whether more is to come.
    """

    def __init__(self, send: Send, work: Work, *, read_seconds: float, began: Callable[[bool], None]) -> None:
        self._send = send
        self._work = work
        self._read_seconds = read_seconds
        self._began = began
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._moved = self._breath = 0.0
        self.chunks = 0
        """Parts of the body that were not the last."""

    async def send(self, message: Message) -> None:
        """Takes what the Response sends."""
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        more = message.get("more_body", False)
        if self._timer is None:
            self._began(more)
            self._moved = self._breath = time.monotonic()
            self._timer = self._loop.call_later(self._read_seconds, self._look)
        await self._send(message)
        if not more:
            self.close()
            return
        self.chunks += 1
        self._moved = time.monotonic()
        if self._moved - self._breath >= BREATHE_SECONDS:
            self._breath = self._moved
            await asyncio.sleep(0)

    def close(self) -> None:
        """Nothing is expected to move any more."""
        self._work.finish()
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        quiet = time.monotonic() - self._moved
        if quiet >= self._read_seconds:
            self._work.expire("stalled")
        else:
            self._timer = self._loop.call_later(self._read_seconds - quiet, self._look)
