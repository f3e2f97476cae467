"""The generator of a stream is closed, whenever the stream ends."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from truss_runtime.kinds import Dialect
from truss_runtime.stream.pump import Pump
from truss_runtime.stream.sending import Outlet, Pace, send_stream
from truss_runtime.threads import Threads
from truss_runtime.work import Work


@pytest.mark.asyncio
@pytest.mark.parametrize("turns", range(5))
async def test_stream_that_is_cancelled_frees_its_thread_however_far_it_got(turns: int) -> None:
    closed = threading.Event()

    def endless() -> Iterator[str]:
        try:
            while True:
                yield "x"
        finally:
            closed.set()

    async def send(message: Any) -> None:
        await asyncio.sleep(0)

    async def answer() -> None:
        task = asyncio.current_task()
        assert task is not None
        outlet = Outlet(send, send, lambda _: False, Work(task), lambda: None, lambda _: b"", lambda _: None)
        await send_stream(pump, outlet, dialect=Dialect.OPENAI, pace=Pace(60, 60), threads=threads)

    threads = Threads()
    pump = Pump(endless(), threads)
    answering = asyncio.create_task(answer())
    for _ in range(turns):
        await asyncio.sleep(0)

    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)

    if turns:  # else it never was a stream
        assert closed.is_set()
    await pump.aclose()
