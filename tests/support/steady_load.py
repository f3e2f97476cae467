"""A client that never rests, for a pod in the cluster: it calls a model's Service and checks whole answers.

It runs by itself (`python steady_load.py URL`) with the standard library alone, as the image of a model has
no more. Four kinds of callers, so that each way to lose a request is tried: plain calls and streams, on
connections that are kept and on a new one each time. As good HTTP clients do it reuses no connection that the
server has closed or announced to close, and it repeats nothing: a request that got no whole answer is lost.

It prints one JSON object a second: `{"at", "taken": {kind: [ms, ...]}, "lost": [{"at", "kind", "error"}]}`,
`at` in seconds since the epoch, requests counted when they end.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections import defaultdict
from urllib.parse import urlsplit

PAUSE_SECONDS = 0.1
"""Between two requests of one caller."""
PATIENCE_SECONDS = 30
WORDS = 12
WORD_SECONDS = 0.05
CALLERS = {
    "call, kept connection": (4, False, True),
    "call, new connection": (4, False, False),
    "stream, kept connection": (3, True, True),
    "stream, new connection": (3, True, False),
}
"""How many of each; whether they stream; whether they keep their connection."""


class LostError(Exception):
    """A request without a whole and right answer."""


class Connection:
    """One connection, opened when it is needed."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def exchange(self, path: str, body: dict[str, object], *, keep: bool) -> bytes:
        """Posts the body and returns the answer's, all of it.

        Raises:
            LostError: it is not 200, or not whole.
        """
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        data = json.dumps(body).encode()
        close = "" if keep else "Connection: close\r\n"
        head = f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n{close}"
        writer.write(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines if line)
        if headers.get("transfer-encoding") == "chunked":
            answer = await _chunks(reader)
        else:
            answer = await reader.readexactly(int(headers["content-length"]))
        if not keep or headers.get("connection") == "close":
            self.close()
        if status.split(" ")[1] != "200":
            raise LostError(f"{status}: {answer[:200]!r}")
        return answer

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        answer += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return answer


async def call(connection: Connection, number: int, *, keep: bool) -> None:
    """A plain call, whose answer is its body."""
    body: dict[str, object] = {"n": number}
    answer = await connection.exchange("/predict", body, keep=keep)
    if json.loads(answer) != body:
        raise LostError(f"another answer: {answer[:200]!r}")


async def stream(connection: Connection, number: int, *, keep: bool) -> None:
    """A chat whose answer is its question, word by word."""
    words = [f"{number}-{index}" for index in range(WORDS)]
    message = {"role": "user", "content": " ".join(words)}
    body = {"model": "lab", "messages": [message], "stream": True, "pause": WORD_SECONDS}
    answer = (await connection.exchange("/v1/chat/completions", body, keep=keep)).decode()
    events = [event.removeprefix("data: ") for event in answer.split("\n\n") if event.startswith("data: ")]
    if not events or events.pop() != "[DONE]":
        raise LostError(f"a stream without its end: {answer[-200:]!r}")
    told = [json.loads(event)["choices"][0]["delta"]["content"].strip() for event in events]
    if told != words:
        raise LostError(f"a stream of other words: {told}")


class Book:
    """What came of the requests, told once a second."""

    def __init__(self) -> None:
        self._taken: defaultdict[str, list[float]] = defaultdict(list)
        self._lost: list[dict[str, object]] = []

    def took(self, kind: str, seconds: float) -> None:
        self._taken[kind].append(round(seconds * 1000, 2))

    def lost(self, kind: str, error: Exception) -> None:
        self._lost.append({"at": time.time(), "kind": kind, "error": f"{type(error).__name__}: {error}"})

    async def tell(self) -> None:
        while True:
            await asyncio.sleep(1)
            print(json.dumps({"at": time.time(), "taken": self._taken, "lost": self._lost}), flush=True)
            self._taken.clear()
            self._lost.clear()


async def caller(book: Book, kind: str, address: tuple[str, int], number: int) -> None:
    """Sends one request after the other, for ever."""
    _, streaming, keep = CALLERS[kind]
    connection = Connection(*address)
    await asyncio.sleep(PAUSE_SECONDS * number / 4)
    while True:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await (stream if streaming else call)(connection, number, keep=keep)
            book.took(kind, time.perf_counter() - started)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the request is lost
            connection.close()
            book.lost(kind, error)
        number += 10
        await asyncio.sleep(PAUSE_SECONDS)


async def main(url: str) -> None:
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or 80)
    book = Book()
    callers = [
        caller(book, kind, address, number) for kind, (many, *_) in CALLERS.items() for number in range(many)
    ]
    await asyncio.gather(book.tell(), *callers)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
