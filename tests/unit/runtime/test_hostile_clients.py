"""Clients that send too much, too slowly, or no HTTP at all: the next request is answered all the same."""

import asyncio
import contextlib
import random
import socket
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from runtime_server import RuntimeServer
from truss_runtime.web.connection import Connection

MODEL = """
class Model:
    async def predict(self, x):
        return x

    async def chat_completions(self, x):
        return x
"""

GOOD = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, folder=folder) as started:
        yield started.ready()


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("strict")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--max-body-bytes=1000", folder=folder) as started:
        yield started.ready()


def connect(server: RuntimeServer) -> socket.socket:
    host, port = server.base.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def everything(connection: socket.socket) -> bytes:
    """What the server sends until it closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answers(server: RuntimeServer) -> None:
    assert httpx2.post(f"{server.base}/predict", json={"a": 1}).json() == {"a": 1}


def test_body_that_says_it_is_too_large_is_refused_unread(server: RuntimeServer) -> None:
    sizes = {"/predict": 100 * 2**20, "/v1/chat/completions": 16 * 2**20}
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connect(server)) for _ in sizes]
        for connection, (path, size) in zip(connections, sizes.items(), strict=True):
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size + 1}\r\n\r\n"
            connection.sendall(head.encode())
        answers = [everything(connection) for connection in connections]

    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in answer.lower()


def test_chunked_body_is_refused_at_its_limit(strict: RuntimeServer) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 100

    answer = httpx2.post(f"{strict.base}/v1/chat/completions", content=parts())

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


def test_client_that_sends_it_all_first_still_reads_the_refusal(strict: RuntimeServer) -> None:
    answer = httpx2.post(f"{strict.base}/predict", content=b" " * 20_000_000)

    assert (answer.status_code, "1000 bytes" in answer.json()["error"]) == (413, True)


def test_body_at_the_limit_is_taken(strict: RuntimeServer) -> None:
    assert httpx2.post(f"{strict.base}/predict", content=b'"' + b"x" * 998 + b'"').status_code == 200
    assert httpx2.post(f"{strict.base}/predict", content=b'"' + b"x" * 999 + b'"').status_code == 413


def test_client_that_waits_to_be_told_to_go_on_never_sends_the_body(strict: RuntimeServer) -> None:
    with connect(strict) as connection:
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000\r\n\r\n"
        )
        first = connection.recv(65536)

    assert first.startswith(b"HTTP/1.1 413 ")


def test_ten_thousand_headers_are_survived(server: RuntimeServer) -> None:
    headers = b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(10_000))
    with connect(server) as connection:
        connection.sendall(GOOD.replace(b"\r\n\r\n", b"\r\n" + headers + b"\r\n"))

        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    answers(server)


def test_headers_without_end_are_refused(server: RuntimeServer) -> None:
    with connect(server) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(100):
            connection.sendall(b"X-Header: " + b"x" * 20_000 + b"\r\n")

        assert everything(connection).startswith(b"HTTP/1.1 431 ")
    answers(server)


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 1e3\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"POST http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n" * 1000 + b"nonsense",
    ],
)
def test_what_is_no_http_is_refused_and_closed(server: RuntimeServer, sent: bytes) -> None:
    with connect(server) as connection:
        connection.sendall(sent)
        with contextlib.suppress(OSError):  # refused and closed already
            connection.shutdown(socket.SHUT_WR)
        answer = everything(connection)

    assert answer.startswith(b"HTTP/1.1 400 ")
    answers(server)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), cuts=st.integers(0, 4), ends=st.sampled_from(["close", "half", "reset"]))
def test_mangled_requests_harm_nobody_else(server: RuntimeServer, seed: int, cuts: int, ends: str) -> None:
    chance = random.Random(seed)
    data = bytearray(GOOD * chance.randint(1, 3))
    for _ in range(chance.randint(0, 6)):
        place = chance.randrange(len(data))
        data[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    with connect(server) as connection, contextlib.suppress(OSError):  # it may be cut at any point
        for _ in range(cuts):
            place = chance.randrange(len(data) + 1)
            connection.sendall(data[:place])
            del data[:place]
        connection.sendall(data)
        if ends == "half":
            connection.shutdown(socket.SHUT_WR)
            everything(connection)
        elif ends == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with connect(server) as good:
        good.sendall(GOOD)
        assert good.recv(65536).startswith(b"HTTP/1.1 200 ")


class Impatient(Connection):
    """A connection as on the main port, that waits less long."""

    patience = 0.2


@contextlib.asynccontextmanager
async def impatient() -> AsyncIterator[int]:
    """A server with such connections; its application answers with the number of bytes that came."""

    async def count(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % size})

    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(count, http=Impatient, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        await running


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost:", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n123", b"HTTP/1.1 408 "),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nGET /", b"HTTP/1.1 200 "),
    ],
    ids=["nothing", "half a head", "half a body", "half a second request"],
)
async def test_request_that_does_not_arrive_in_time_is_given_up(sent: bytes, answered: bytes) -> None:
    async with impatient() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()

    assert answer[:13] == answered
    assert answered != b"HTTP/1.1 200 " or b"HTTP/1.1 408 " in answer


@pytest.mark.asyncio
async def test_body_that_keeps_coming_has_more_time_than_its_head() -> None:
    async with impatient() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(10):
            writer.write(b"x" * 1000)
            await writer.drain()
            await asyncio.sleep(0.05)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200 ")
