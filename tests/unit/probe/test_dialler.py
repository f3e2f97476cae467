"""Reading from a pod's port: a real HTTP server on loopback, well-behaved and not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from truss_operator.probe.dialler import MAX_BYTES, DirectDialler, PodAddress
from truss_operator.probe.errors import ProbeError

pytestmark = pytest.mark.asyncio

POD = PodAddress("ns", "echo-1", "127.0.0.1")
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    runner = web.ServerRunner(web.Server(handler, handler_cancellation=True), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def read(handler: Handler, *, within: float = 5) -> bytes:
    dialler = DirectDialler(within, lambda _: True)
    try:
        async with serving(handler) as port:
            return await dialler.get(POD, port, "/routes")
    finally:
        await dialler.close()


async def test_body_of_the_answer() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(text=f"{request.method} {request.path}")

    assert await read(answer) == b"GET /routes"


async def test_redirect_is_not_followed() -> None:
    followed = []

    async def answer(request: web.BaseRequest) -> web.Response:
        followed.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    with pytest.raises(ProbeError, match="HTTP 302"):
        await read(answer)
    assert followed == ["/routes"]


async def test_error_is_told() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404)

    with pytest.raises(ProbeError, match="pod echo-1 answers GET /routes with HTTP 404"):
        await read(answer)


async def test_endless_answer_is_cut() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(MAX_BYTES // 1024 + 64):
            await response.write(b"x" * 1024)
        return response

    with pytest.raises(ProbeError, match=f"more than {MAX_BYTES} bytes"):
        await read(answer)


async def test_silence_is_not_waited_for() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with pytest.raises(ProbeError, match=r"does not answer at .* within 0\.05 s"):
        await read(answer, within=0.05)


async def test_closed_port_is_told() -> None:
    dialler = DirectDialler(5, lambda _: True)
    try:
        with pytest.raises(ProbeError, match="cannot be reached"):
            await dialler.get(POD, 1, "/routes")
    finally:
        await dialler.close()


async def test_pod_without_an_ip_is_told() -> None:
    with pytest.raises(ProbeError, match="has no IP"):
        await DirectDialler(5).get(PodAddress("ns", "echo-1", ""), 8081, "/routes")
