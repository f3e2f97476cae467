"""What must hold before /readyz turns 200: the required routes are there, and the smoke request is answered.

Flow: locate → import → init → load → **routes** → ready. So a pod that lacks one never enters a Service.
"""

import asyncio
import time
from collections.abc import Collection
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from truss_runtime.exchange import SCOPE_KEY, Exchange
from truss_runtime.failure import ModelFailure, Report, either
from truss_runtime.kinds import KINDS
from truss_runtime.settings import SmokeRequest

SHOWN_CHARACTERS = 300
"""How much of an unexpected answer goes into the report."""


def require(wanted: Collection[str], served: Collection[str]) -> None:
    """Checks that the kinds of route that are wanted are served.

    Raises:
        ModelFailure: some are not.
    """
    missing = [f"`{kind}`" for kind in wanted if kind not in served]
    if missing:
        message = (
            f"The model does not define {either(missing)}, which is required. It serves {', '.join(served)}."
        )
        raise ModelFailure(Report("routes", "RequiredRouteMissing", message))


async def smoke(app: ASGIApp, request: SmokeRequest) -> None:
    """Sends one request through the application, streams read to their end, and looks at the status.

    Raises:
        ModelFailure: it is another one, or the stream broke.
    """
    exchange = Exchange("smoke", time.monotonic(), early=True)
    # In a task of its own: what the endpoint leaves in the context is not for who comes after.
    answer = await asyncio.create_task(_ask(app, request, exchange))
    if exchange.status == request.status and exchange.outcome == "answered":
        return
    told = "was cut off" if exchange.outcome == "cut" else f"was answered {exchange.status}"
    text = answer[:SHOWN_CHARACTERS].decode("utf-8", "replace").strip()
    message = (
        f"The smoke request to {request.route} {told}, not {request.status}: {text} "
        "The log has more under request id smoke."
    )
    raise ModelFailure(Report("routes", "SmokeFailed", message))


async def _ask(app: ASGIApp, request: SmokeRequest, exchange: Exchange) -> bytes:
    path = next(kind.path for kind in KINDS if kind.name == request.route)
    body = orjson.dumps(request.body)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
        "server": ("localhost", 80),
        "client": ("localhost", 0),
        "state": {},
        SCOPE_KEY: exchange,
    }
    given = asyncio.Event()
    answer = bytearray()

    async def receive() -> Message:
        if given.is_set():
            await asyncio.Event().wait()  # it never leaves
        given.set()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
        elif len(answer) < SHOWN_CHARACTERS:
            answer.extend(message.get("body", b""))

    await app(scope, receive, send)
    return bytes(answer)
