"""Pods that answer GET /routes as no runtime does: raw sockets, so that nothing of HTTP holds them back."""

import asyncio
import itertools
import socket
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\n"
GIGABYTE = 1 << 30
_BLOCK = b" " * 65536


@dataclass
class Told:
    """What a server was asked."""

    port: int
    requests: list[bytes] = field(default_factory=list)


Answer = Callable[[], Iterator[tuple[bytes, float]]]
"""Pieces of an answer, each with the seconds to wait before the next one."""


def quickly(*pieces: bytes) -> Answer:
    return lambda: ((piece, 0) for piece in pieces)


def redirect(to: str) -> Answer:
    return quickly(b"HTTP/1.1 302 Found\r\nLocation: " + to.encode() + b"\r\nContent-Length: 0\r\n\r\n")


def gigabyte() -> Iterator[tuple[bytes, float]]:
    yield OK + b"Content-Length: %d\r\n\r\n" % GIGABYTE, 0
    yield from itertools.repeat((_BLOCK, 0), GIGABYTE // len(_BLOCK))


def dripping(head: bytes, drop: bytes) -> Answer:
    """A head, and then for ever a drop every hundredth of a second."""
    return lambda: itertools.chain([(head, 0.0)], itertools.repeat((drop, 0.01)))


def pouring(head: bytes, block: bytes) -> Answer:
    """The same, as fast as it is taken."""
    return lambda: itertools.chain([(head, 0.0)], itertools.repeat((block, 0.0)))


def bomb() -> Iterator[tuple[bytes, float]]:
    """100 MiB of spaces in 100 KB of gzip."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = b"".join([packer.compress(b" " * (1 << 20)) for _ in range(100)]) + packer.flush()
    yield OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed), 0
    yield packed, 0


ANSWERS: dict[str, Answer] = {
    "redirect": redirect("http://169.254.169.254/latest/meta-data/"),
    "gigabyte": gigabyte,
    "gigabyte in chunks": pouring(
        OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + _BLOCK + b"\r\n"
    ),
    "until closed": pouring(OK + b"\r\n", _BLOCK),
    "bomb": bomb,
    "dripping body": dripping(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "dripping status line": dripping(b"H", b"T"),
    "dripping headers": dripping(OK, b"X: y\r\n"),
    "endless header": pouring(OK + b"X: ", _BLOCK),
    "endless headers": pouring(OK, b"X: y\r\n" * 10_000),
    "endless hints": pouring(b"", b"HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n" * 1000),
    "endless trailers": pouring(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10_000),
    "endless chunk extension": pouring(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536),
    "silence": dripping(b"", b""),
    "silence after the head": dripping(OK + b"Content-Length: 9\r\n\r\n", b""),
    "less than promised": quickly(OK + b"Content-Length: 9\r\n\r\n{}"),
    "not HTTP": quickly(b"\x00\x1b[31mSSH-2.0\r\n\r\n"),
    "negative length": quickly(OK + b"Content-Length: -1\r\n\r\n{}"),
    "another protocol": quickly(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    ),
}


@asynccontextmanager
async def answering(answer: Answer, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Told]:
    """A server that answers so whatever it is asked, while the context lasts."""
    told = Told(port)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            told.requests.append(await reader.readuntil(b"\r\n\r\n"))
            for piece, pause in answer():
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(serve, host, port, family=socket.AF_INET)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
