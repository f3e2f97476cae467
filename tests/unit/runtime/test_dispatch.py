"""The short way to the Model's routes."""

import asyncio
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from truss_runtime.exchange import SCOPE_KEY, Exchange
from truss_runtime.web.dispatch import Dispatch
from truss_runtime.web.endpoint import Endpoint


class Recording(Endpoint):
    """Answers nothing, and keeps the scope that it was given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.scope: dict[str, Any] = {}

    async def __call__(self, scope: Any, *_: Any) -> None:
        self.scope = dict(scope)
        if self.error is not None:
            raise self.error


def ask(endpoint: Endpoint, sent: list[Any], **scope: Any) -> None:
    exchange = Exchange("id", 0.0)

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    app = FastAPI(routes=[Route("/v1/messages", endpoint)], openapi_url=None)
    request: dict[str, Any] = {"type": "http", "method": "POST", "path": "/v1/messages", "headers": []}
    request |= {"query_string": b"", "root_path": "", SCOPE_KEY: exchange, **scope}
    asyncio.run(Dispatch(app)(request, receive, send))


def test_endpoint_finds_what_the_router_would_have_left() -> None:
    endpoint = Recording()

    ask(endpoint, [])

    assert endpoint.scope["route"].path == "/v1/messages"
    assert endpoint.scope["path_params"] == {}
    assert isinstance(endpoint.scope["app"], FastAPI)


def test_prefix_of_an_environment_is_no_part_of_the_route() -> None:
    endpoint = Recording()

    ask(endpoint, [], path="/production/sync/v1/messages", root_path="/production/sync")

    assert endpoint.scope["route"].path == "/v1/messages"


def test_any_other_path_is_the_applications() -> None:
    endpoint = Recording()
    sent: list[Any] = []

    ask(endpoint, sent, path="/v1/message")

    assert endpoint.scope == {}
    assert sent[0]["status"] == 404


def test_fault_of_the_runtime_is_answered_in_the_routes_dialect_and_raised_for_the_log() -> None:
    sent: list[Any] = []

    with pytest.raises(RuntimeError, match="a fault"):
        ask(Recording(RuntimeError("a fault")), sent)

    assert sent[0]["status"] == 500
    assert orjson.loads(sent[1]["body"])["type"] == "error"
