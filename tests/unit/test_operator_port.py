"""The operator's port before clients that mean no good: it takes nothing and goes on answering."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, Gauge

from truss_operator import server
from truss_operator.health import Health

pytestmark = pytest.mark.asyncio

SECONDS = 1.0
PATHS = ("/healthz", "/readyz", "/metrics")
BIG = 64 << 20


@pytest.fixture(scope="module")
def registry() -> CollectorRegistry:
    """A page of metrics that fills the buffers of a client that does not read."""
    registry = CollectorRegistry()
    gauge = Gauge("big", "Big.", ["name"], registry=registry)
    for number in range(20_000):
        gauge.labels(f"{number:0200}").set(1)
    return registry


@pytest_asyncio.fixture
async def port(monkeypatch: pytest.MonkeyPatch, registry: CollectorRegistry) -> AsyncIterator[int]:
    monkeypatch.setattr(server, "CONNECTION_SECONDS", SECONDS)
    health = Health(lambda: True, lambda: 0.0)
    async with server.serving(health, registry, "127.0.0.1", 0) as port:
        yield port


async def ask(port: int, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, dict(answer.headers), await answer.text()


async def closed(reader: asyncio.StreamReader, seconds: float = 20) -> bytes:
    """What came until the other side closed."""
    try:
        return await asyncio.wait_for(reader.read(), seconds)
    except ConnectionError:
        return b""


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_nothing_can_be_sent(port: int, path: str, method: str) -> None:
    status, _, text = await ask(port, path, method)
    assert (status, text) == (405, "405: Method Not Allowed")


@pytest.mark.parametrize(
    "path", ["/", "/debug/pprof", "/healthz/..", "/metrics/", "/%2e%2e/etc/passwd", "//healthz"]
)
async def test_nothing_else_is_there(port: int, path: str) -> None:
    status, _, text = await ask(port, path)
    assert status == 404
    assert text == "404: Not Found"


@pytest.mark.parametrize("path", [*PATHS, "/absent"])
async def test_software_and_version_are_not_told(port: int, path: str) -> None:
    _, headers, text = await ask(port, path)
    assert "Server" not in headers
    assert "aiohttp" not in text


async def test_health_tells_one_word(port: int) -> None:
    assert (await ask(port, "/healthz"))[2] == "ok"


async def test_body_is_not_read(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % BIG)
    with pytest.raises(ConnectionError):  # noqa: PT012  # any of the writes may be the one that is refused
        for _ in range(BIG // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()
        raise AssertionError("all of it was taken")
    writer.close()
    assert (await ask(port, "/healthz"))[0] == 200


@pytest.mark.parametrize("head", [b"GET /" + b"x" * 100_000, b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000])
async def test_endless_head_is_refused(port: int, head: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"\r\n\r\n")
    assert (await closed(reader)).startswith(b"HTTP/1.0 400 ")
    writer.close()


async def test_client_that_sends_nothing_is_sent_away(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await closed(reader) == b""
    writer.close()


async def test_client_that_drips_is_sent_away_and_others_are_answered_meanwhile(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def drip() -> None:
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            assert (await ask(port, "/healthz"))[0] == 200
            await asyncio.sleep(0.05)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(drip(), 20)
    assert reader.at_eof() or reader.exception() is not None


async def test_client_that_does_not_read_is_sent_away(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(SECONDS + 2)  # it is what this client does: nothing
    got = await closed(reader)
    assert not got.endswith(b"\n\n")
    assert len(got) < 20_000 * 200
    writer.close()


async def test_of_too_many_clients_the_oldest_are_sent_away(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTION_SECONDS", 60.0)
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 10)
    crowd = [await asyncio.open_connection("127.0.0.1", port) for _ in range(30)]
    gone = [asyncio.create_task(closed(reader)) for reader, _ in crowd[:20]]
    await asyncio.gather(*gone)
    assert (await ask(port, "/healthz"))[0] == 200
    assert not any(reader.at_eof() for reader, _ in crowd[20:])
    for _, writer in crowd:
        writer.close()
