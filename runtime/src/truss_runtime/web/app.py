"""The application: which path leads to which endpoint, and what the router's own errors look like.

Starlette's, for nothing that serves a model is FastAPI's own, and to import that takes longer than the rest
of the start. Where the model has imported it, the application is FastAPI's: ``request.app`` is then what it
is on Truss.
"""

import sys
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route, WebSocketRoute
from starlette.types import Scope

from truss_runtime.admission import Limits
from truss_runtime.calls import Caller
from truss_runtime.kinds import KINDS, PREDICT, WEBSOCKET, Kind, dialect_of
from truss_runtime.service import Service
from truss_runtime.web.body import Check
from truss_runtime.web.bounds import Bounds
from truss_runtime.web.catalogue import Catalogue
from truss_runtime.web.documents import Documents
from truss_runtime.web.endpoint import Endpoint
from truss_runtime.web.environments import inner_path
from truss_runtime.web.errors import ApiError, server_failed
from truss_runtime.web.probes import PATHS, Probes
from truss_runtime.web.swagger import Swagger
from truss_runtime.web.websocket import WebSocketEndpoint, upgrade_required

TRUSS_PATHS = ("/v1/models/{model:path}:predict", "/v1/models/{model:path}:predict_binary")
"""Where Truss and KServe's first protocol serve predict: for any name, as there."""


def build_app(
    service: Service,
    limits: Limits,
    caller: Caller,
    bounds: Callable[[Kind], Bounds],
    checks: Callable[[Kind], Check | None],
    *,
    created: int,
) -> Starlette:
    """Returns the application of the main port.

    All routes are plain ASGI endpoints. A kind that the model lacks has one as well: it says which method to
    define.

    Args:
        service: the model.
        limits: calls at once, by kind.
        caller: makes them.
        bounds: how much and how long a request may take, by kind.
        checks: what looks at each body, by kind.
        created: when the server was started, in seconds since 1970.
    """
    catalogue = Catalogue(service, created)
    probes = Probes(service)
    documents = Documents(service)
    swagger = Swagger(service)
    endpoints = {
        kind: Endpoint(
            kind,
            service,
            limits.by_kind[kind.name],
            limits.around_predict,
            caller,
            bounds(kind),
            checks(kind),
        )
        for kind in KINDS
    }
    routes: list[BaseRoute] = [
        *(_Route(kind.path, endpoint, name=kind.name) for kind, endpoint in endpoints.items()),
        *(_Route(path, endpoints[PREDICT], name=path) for path in TRUSS_PATHS),
        _WebSocketRoute(WEBSOCKET.path, WebSocketEndpoint(service, limits.by_kind[WEBSOCKET.name])),
        _Route(WEBSOCKET.path, upgrade_required, methods=["GET"]),
        _Route("/v1/models", catalogue.list, methods=["GET"]),
        _Route("/v1/models/{id:path}", catalogue.retrieve, methods=["GET"]),
        *(_Route(path, probes, name=path) for path in PATHS),
        _Route("/openapi.json", documents.openapi, methods=["GET"]),
        _Route("/docs", swagger.page, methods=["GET"]),
        _Route("/docs/{name}", swagger.asset, methods=["GET"]),
    ]
    app = _application(
        routes=routes, exception_handlers={HTTPException: _router_error, Exception: _own_error}
    )
    app.router.redirect_slashes = False
    return app


def _application(**arguments: Any) -> Starlette:
    if "fastapi" not in sys.modules:
        return Starlette(**arguments)
    from fastapi import FastAPI

    return FastAPI(
        openapi_url=None, telemetry={"tracing": False, "metrics": False, "logs": False}, **arguments
    )


class _Told(BaseRoute):
    """Leaves a route in the scope for the access log."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Matches as any route does."""
        match, child_scope = super().matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope


class _Route(_Told, Route):
    pass


class _WebSocketRoute(_Told, WebSocketRoute):
    pass


async def _router_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = inner_path(request.scope)
    if error.status_code == 404:
        message = f"There is no {path} here. GET /routes lists what there is."
        return _response(ApiError(404, message, code="route_not_found"), path)
    return _response(ApiError.of(error), path)


async def _own_error(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the server logs it itself
    return _response(server_failed(), inner_path(request.scope))


def _response(error: ApiError, path: str) -> Response:
    return error.response(dialect_of(path))
