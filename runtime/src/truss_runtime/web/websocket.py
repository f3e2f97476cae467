"""The WebSocket of the Model: accepted, handed to its ``websocket`` method, closed as on Truss.

1000 when the method returns, 1011 when it raises, 1003 when the model has none. A connection that cannot be
taken yet is refused before it is accepted, with the same HTTP errors as any route. It holds one of the calls
at once while it lasts.
"""

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from truss_runtime.admission import Limit, QueueFullError
from truss_runtime.exchange import exchange_of
from truss_runtime.kinds import WEBSOCKET
from truss_runtime.service import Service
from truss_runtime.web.errors import ApiError, model_not_ready, queue_full

logger = logging.getLogger(__name__)

NORMAL, UNSUPPORTED, FAILED = 1000, 1003, 1011
"""Closing codes (RFC 6455, 7.4.1)."""


class AcceptedWebSocket(WebSocket):
    """A WebSocket that the runtime has accepted; accepting it once more does nothing."""

    async def accept(self, *args: object, **kwargs: object) -> None:
        """Accepts it, the first time."""
        if self.application_state is WebSocketState.CONNECTING:
            await super().accept(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came


class WebSocketEndpoint:
    """Serves the WebSocket.

    Args:
        service: the model behind it.
        limit: how many calls may be made at once.
    """

    def __init__(self, service: Service, limit: Limit) -> None:
        self._service = service
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection until either side closes it.

        Raises:
            ApiError: it cannot be taken; nothing has been accepted then.
        """
        if not self._service.lifecycle.serving:
            raise model_not_ready()
        method = self._service.methods.get(WEBSOCKET.name)
        socket = AcceptedWebSocket(scope, receive, send)
        if method is None:
            await socket.accept()
            await socket.close(UNSUPPORTED, f"define `{WEBSOCKET.name}` on the Model class")
            return
        try:
            await self._limit.wait()
        except QueueFullError:
            raise queue_full() from None
        try:
            await socket.accept()
            await method.function(socket)
            await _close(socket, NORMAL)
        except WebSocketDisconnect:
            exchange_of(scope).outcome = "client_left"
        except (Exception, SystemExit) as error:
            logger.exception("%s raised %s", WEBSOCKET.name, type(error).__name__)
            exchange = exchange_of(scope)
            exchange.outcome, exchange.raised = "cut", type(error).__qualname__
            await _close(socket, FAILED, f"The model's {WEBSOCKET.name} raised {type(error).__name__}.")
        finally:
            self._limit.give_back()


async def upgrade_required(request: Request) -> Response:
    """Answers a plain request for the WebSocket's path (RFC 9110, 15.5.22)."""
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    error = ApiError(426, "This is a WebSocket: open it as one.", code="websocket_only", headers=headers)
    exchange_of(request.scope).code = error.code
    return error.response(WEBSOCKET.dialect)


async def _close(socket: WebSocket, code: int, reason: str = "") -> None:
    """Closes it, unless either side has."""
    if WebSocketState.DISCONNECTED not in (socket.application_state, socket.client_state):
        await socket.close(code, reason[:100])


async def refuse(error: ApiError, send: Send) -> None:
    """Answers the handshake with an HTTP error (ASGI's websocket.http.response)."""
    answer = error.response(WEBSOCKET.dialect)
    await send(
        {"type": "websocket.http.response.start", "status": error.status, "headers": answer.raw_headers}
    )
    await send({"type": "websocket.http.response.body", "body": answer.body})
