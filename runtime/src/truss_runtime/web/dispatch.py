"""The short way to the Model's routes, past the framework's router and its middlewares.

They cost as much as all the rest of a small request, and do nothing for a plain ASGI endpoint: it takes care
of its own errors. Any other path goes to the application.
"""

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from truss_runtime.exchange import exchange_of
from truss_runtime.kinds import dialect_of
from truss_runtime.web.endpoint import Endpoint
from truss_runtime.web.environments import inner_path
from truss_runtime.web.errors import server_failed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Dispatch:
    """Wraps the application.

    Args:
        app: what answers all other paths. Its routes whose endpoint is an :class:`Endpoint` are served here.
    """

    def __init__(self, app: Starlette) -> None:
        self._app: ASGIApp = app
        self._routes: Mapping[str, Route] = {
            route.path: route
            for route in app.routes
            if isinstance(route, Route) and isinstance(route.app, Endpoint)
        }
        self._known: Mapping[str, Any] = {"app": app, "router": app.router, "path_params": {}}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        route = self._routes.get(inner_path(scope)) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        # What the router would leave there, for the log and for the Request that a method may ask for.
        scope.update(self._known)
        scope["route"] = route
        scope["endpoint"] = route.endpoint
        try:
            await route.app(scope, receive, send)
        except Exception:
            if not exchange_of(scope).status:
                await server_failed().send(send, dialect_of(route.path))
            raise  # for uvicorn to log
