"""The operator's own port: /healthz, /readyz, /metrics. Reads, and knows nothing of what is read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from truss_operator.health import Health

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
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        bound: int = runner.addresses[0][1]
        yield bound
    finally:
        await runner.cleanup()


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
