"""One server span for each request, after OpenTelemetry's conventions for HTTP, where traces are on.

The outermost layer, before the front: the span lasts as long as the answer, a stream's to its last chunk, and
is the parent of what the user's code makes, as context variables are carried along. It holds no body, no
query and no message of an error. The conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span
"""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import context, propagate
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind, StatusCode, TracerProvider, set_span_in_context
from starlette.types import ASGIApp, Receive, Scope, Send

from truss_runtime import __version__
from truss_runtime.exchange import SCOPE_KEY, Exchange
from truss_runtime.web.probes import PATHS

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"})
"""What the conventions know; any other is ``_OTHER``, as clients may write whatever they like."""

Headers = Iterable[tuple[bytes, bytes]]


class _HeadersGetter(Getter[Headers]):
    """Reads ASGI's headers, whose names are in lower case."""

    def get(self, carrier: Headers, key: str) -> list[str] | None:
        wanted = key.lower().encode("latin-1")
        found = [value.decode("latin-1") for name, value in carrier if name == wanted]
        return [",".join(found)] if found else None

    def keys(self, carrier: Headers) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


_GETTER = _HeadersGetter()


class Spans:
    """Wraps the application.

    Args:
        app: answers the requests.
        provider: makes the spans.
    """

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        self._app = app
        self._tracer = provider.get_tracer("truss_runtime", __version__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; what probes ask is left out."""
        if scope["path"] in PATHS:
            await self._app(scope, receive, send)
            return
        parent = propagate.extract(scope["headers"], getter=_GETTER)
        attributes = _asked(scope)
        began = time.time_ns()
        span = self._tracer.start_span(
            attributes["http.request.method"], parent, SpanKind.SERVER, attributes, start_time=began
        )
        token = context.attach(set_span_in_context(span, parent))
        try:
            await self._app(scope, receive, send)
        except BaseException as error:
            _fail(span, type(error).__qualname__)
            raise
        finally:
            context.detach(token)
            _answered(span, scope, attributes["http.request.method"], began)
            span.end()


def _asked(scope: Scope) -> dict[str, Any]:
    """The attributes that are known from the head of the request."""
    method = scope.get("method", "GET")  # a WebSocket begins as a GET
    host = user_agent = None
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1")
        elif name == b"user-agent":
            user_agent = value.decode("latin-1")
    attributes: dict[str, Any] = {
        "http.request.method": method if method in METHODS else "_OTHER",
        "url.path": scope["path"][:256],
        "url.scheme": scope["scheme"],
        "network.protocol.version": scope["http_version"],
    }
    if user_agent is not None:
        attributes["user_agent.original"] = user_agent[:256]
    if scope.get("client"):
        attributes["client.address"] = scope["client"][0]
    return attributes | _server(host)


def _server(host: str | None) -> dict[str, Any]:
    try:
        parts = urlsplit(f"//{host or ''}")
        address, port = parts.hostname, parts.port
    except ValueError:  # the client's own invention
        return {}
    named = {"server.address": address, "server.port": port}
    return {name: value for name, value in named.items() if value is not None}


def _answered(span: Span, scope: Scope, method: str, began: int) -> None:
    """Adds what is known once the request is over."""
    if not span.is_recording():
        return
    path = getattr(scope.get("route"), "path", None)
    method = "HTTP" if method == "_OTHER" else method
    span.update_name(method if path is None else f"{method} {path}")
    if path is not None:
        span.set_attribute("http.route", path)
    exchange: Exchange | None = scope.get(SCOPE_KEY)
    if exchange is None:
        return
    span.set_attribute("truss.request.id", exchange.request_id)
    span.set_attribute("truss.outcome", exchange.outcome)
    if exchange.first_chunk_seconds is not None:
        span.set_attribute("truss.stream.chunks", exchange.chunks)
        span.add_event("first chunk", timestamp=began + int(exchange.first_chunk_seconds * 1e9))
    if exchange.status:
        span.set_attribute("http.response.status_code", exchange.status)
    if exchange.status >= 500 or exchange.outcome == "cut":
        _fail(span, exchange.raised or exchange.code or str(exchange.status))


def _fail(span: Span, error: str) -> None:
    span.set_attribute("error.type", error)
    span.set_status(StatusCode.ERROR)
