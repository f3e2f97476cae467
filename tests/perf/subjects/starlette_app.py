"""The baseline: bare Starlette handlers with the standard json, under the runtime's uvicorn settings.

Run as ``python -m tests.perf.subjects.starlette_app PORT``.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .answers import completion, events, objects, plain_events, prediction


async def predict(request: Request) -> Response:
    return JSONResponse(prediction(await request.json()))


async def chat(request: Request) -> Response:
    body = await request.json()
    if not body.get("stream"):
        return JSONResponse(completion())
    source = _source(body)
    chunks = source(body["chunks"], waits=body["waits"])
    return StreamingResponse(chunks, media_type="text/event-stream")


def _source(body: Any) -> Callable[..., AsyncIterator[str] | Iterator[str]]:
    if body["objects"]:
        return _framed
    return plain_events if body["plain"] else events


async def _framed(count: int, *, waits: bool) -> AsyncIterator[str]:
    async for chunk in objects(count, waits=waits):
        yield f"data: {json.dumps(chunk)}\n\n"


async def ready(request: Request) -> Response:
    return Response()


def main(port: int) -> None:
    routes = [
        Route("/predict", predict, methods=["POST"]),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/readyz", ready),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes),
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    main(int(sys.argv[1]))
