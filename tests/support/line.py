"""A line between two programs: a TCP proxy that holds every byte back for as long as the test says."""

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

_CHUNK = 1 << 16


@dataclass
class Line:
    """The proxy. What it carries it never changes, loses or reorders."""

    port: int = 0
    """On loopback, where the one side connects."""
    seconds: float = 0.0
    """How long each chunk is on the way to that side. May be changed at any time."""
    carried: int = 0
    """Chunks so far: that anything goes this way."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def cut(self) -> None:
        """Cuts the connections that are open."""
        for task in list(self._tasks):
            self._loop.call_soon_threadsafe(task.cancel)


@contextmanager
def line(target: int) -> Iterator[Line]:
    """Runs the proxy while the context lasts, in a thread of its own.

    Args:
        target: Port on loopback where the other side listens, by the time that somebody connects.
    """
    begun: Future[tuple[Line, asyncio.Event]] = Future()
    with ThreadPoolExecutor(1, "line") as pool:
        running = pool.submit(asyncio.run, _serve(target, begun))
        opened, end = begun.result(10)
        try:
            yield opened
        finally:
            opened._loop.call_soon_threadsafe(end.set)
            running.result(10)


async def _serve(target: int, begun: Future[tuple[Line, asyncio.Event]]) -> None:
    opened, end = Line(), asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        opened._tasks.add(task)
        task.add_done_callback(opened._tasks.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await _carry_both_ways(opened, target, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    begun.set_result((opened, end))
    await end.wait()
    server.close()
    for task in opened._tasks:
        task.cancel()
    await asyncio.gather(*opened._tasks, return_exceptions=True)
    await asyncio.sleep(0.1)  # what connections get to close in


async def _carry_both_ways(
    opened: Line, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        try:
            ways = (
                asyncio.create_task(_there(reader, far_writer)),
                asyncio.create_task(_back(opened, far_reader, writer)),
            )
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            far_writer.close()
    finally:
        writer.close()


async def _there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()


async def _back(opened: Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Latency, not a slow link: each chunk is late by itself, however many are on the way."""
    loop = asyncio.get_running_loop()
    on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def arrive() -> None:
        while True:
            due, chunk = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not chunk:
                return
            writer.write(chunk)
            await writer.drain()

    arriving = asyncio.create_task(arrive())
    try:
        while True:
            chunk = await reader.read(_CHUNK)
            opened.carried += 1
            on_the_way.put_nowait((loop.time() + opened.seconds, chunk))
            if not chunk:
                await arriving
                return
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)
