"""The outermost layer of the main port: request id, environment prefix, drain, and the access log.

A plain ASGI layer: one of the framework's function middlewares would cost three times what the whole request
does.
"""

import asyncio
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from truss_runtime.exchange import REQUEST_ID, SCOPE_KEY, Exchange
from truss_runtime.kinds import WEBSOCKET, dialect_of
from truss_runtime.lifecycle import State
from truss_runtime.service import Service
from truss_runtime.web.environments import enter, inner_path
from truss_runtime.web.errors import ApiError
from truss_runtime.web.websocket import refuse

HEADER = b"x-request-id"
NO_ROUTE = "none"
"""What metrics call the route of requests that lead nowhere: their paths are without number."""
_USABLE_ID = re.compile(rb"[\x21-\x7e]{1,128}")

AccessLog = Callable[[Exchange, Scope, float], None]
"""Takes a finished exchange, its scope and the time now, in seconds on the monotonic clock."""


class Front:
    """Wraps the application.

    Args:
        app: answers the requests.
        service: tells the environment and whether we are draining.
        log: takes each exchange once it is over.
        new_id: makes an id for a request that brings none.
        clock: the monotonic clock, in seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        service: Service,
        *,
        log: AccessLog,
        new_id: Callable[[], str],
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._service = service
        self._log = log
        self._new_id = new_id
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, and logs it."""
        if scope["type"] != "http":
            await self._websocket(scope, receive, send)
            return
        exchange = Exchange(self._request_id(scope), self._clock(), send_body=send)
        scope[SCOPE_KEY] = exchange
        REQUEST_ID.set(exchange.request_id)  # each request has a task, and so a context, of its own
        encoded_id = exchange.request_id.encode("ascii")
        lifecycle = self._service.lifecycle

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                headers = [item for item in message.get("headers", ()) if item[0] != HEADER]
                headers.append((HEADER, encoded_id))
                if lifecycle.state is State.DRAINING:
                    headers.append((b"connection", b"close"))
                message["headers"] = headers
            await send(message)

        try:
            await self._answer(exchange, scope, receive, send_marked)
        finally:
            self._over(exchange, scope)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(self._request_id(scope), self._clock())
        scope[SCOPE_KEY] = exchange
        scope["method"] = WEBSOCKET.method
        REQUEST_ID.set(exchange.request_id)

        async def send_marked(message: Message) -> None:
            if message["type"] in ("websocket.accept", "websocket.http.response.start"):
                exchange.status = message.get("status", 101)
                id_header = (HEADER, exchange.request_id.encode("ascii"))
                message["headers"] = [*message.get("headers", ()), id_header]
            elif message["type"] == "websocket.close" and not exchange.status:
                exchange.status = 403  # what the server makes of a close before it is accepted
            await send(message)

        try:
            enter(scope, self._service.environment)
            await self._app(scope, receive, send_marked)
        except ApiError as error:
            exchange.code = error.code
            await refuse(error, send_marked)
        finally:
            self._over(exchange, scope)

    def _over(self, exchange: Exchange, scope: Scope) -> None:
        now = self._clock()
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        self._service.metrics.record(exchange, route, now - exchange.started)
        self._log(exchange, scope, now)

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            enter(scope, self._service.environment)
            await self._app(scope, receive, send)
        except ApiError as error:
            exchange.code = error.code
            await error.send(send, dialect_of(inner_path(scope)))
        except asyncio.CancelledError:
            # The grace period is over: who has no answer yet gets one, a stream is cut.
            exchange.outcome = "cut"
            if not exchange.status:
                late = ApiError(503, "The server is shutting down.", code="shutting_down")
                await late.send(send, dialect_of(inner_path(scope)))

    def _request_id(self, scope: Scope) -> str:
        for name, value in scope["headers"]:
            if name == HEADER and _USABLE_ID.fullmatch(value):
                given: bytes = value
                return given.decode("ascii")
        return self._new_id()
