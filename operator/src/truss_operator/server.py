"""The operator's own port: /healthz, /readyz, /metrics. Reads, and knows nothing of what is read.

Whoever reaches the pod reaches it. It takes no body, and no connection lasts: clients that open many and send
little must not use up the files that the operator needs to reach the API server.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from truss_operator.health import Health

MOST_CONNECTIONS = 128
"""At once. A cluster's probes and scrapers are a handful."""
CONNECTION_SECONDS = 10.0
"""How long one may last: answers take milliseconds, and each has a connection of its own."""
_SWEEP_SECONDS = 0.5

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(health: Health, registry: CollectorRegistry, host: str, port: int) -> AsyncIterator[int]:
    """Serves the port while the context lasts; yields its number, which `port` 0 leaves to the system.

    Raises:
        OSError: The port is taken.
    """
    app = web.Application(middlewares=[_close_connection])
    app.router.add_get("/healthz", _health_of(health.ailments))
    app.router.add_get("/readyz", _health_of(health.shortfalls))
    app.router.add_get("/metrics", _metrics_of(registry))
    app.on_response_prepare.append(_without_versions)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, lingering_time=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        assert runner.server is not None
        sweeping = asyncio.create_task(_sweep(runner.server), name="old connections")
        try:
            yield bound
        finally:
            sweeping.cancel()
    finally:
        await runner.cleanup()


async def _sweep(server: web.Server) -> NoReturn:
    """Closes connections that are old, and of too many the oldest."""
    loop = asyncio.get_running_loop()
    since: dict[web.RequestHandler, float] = {}
    while True:
        await asyncio.sleep(_SWEEP_SECONDS)
        now = loop.time()
        since = {connection: since.get(connection, now) for connection in server.connections}
        by_age = sorted(since, key=lambda connection: since[connection])
        surplus = max(0, len(by_age) - MOST_CONNECTIONS)
        for place, connection in enumerate(by_age):
            if place >= surplus and now - since[connection] <= CONNECTION_SECONDS:
                break
            if connection.transport is not None:
                connection.transport.abort()  # to close waits for a client that does not read


async def _without_versions(_: web.Request, response: web.StreamResponse) -> None:
    """Which software it is of which version is nobody's business who may merely reach the port."""
    response.headers.pop("Server", None)


def _health_of(reasons: Callable[[], list[str]]) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        found = reasons()
        return web.Response(text="\n".join(found) or "ok", status=503 if found else 200)

    return answer


def _metrics_of(registry: CollectorRegistry) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer


@web.middleware
async def _close_connection(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An idle connection is a task of the event loop, and kopf waits for all tasks when it ends."""
    response = await handler(request)
    response.force_close()
    return response
