"""/livez, /readyz and /routes, on both ports: what probes and the operator ask. They touch no user code."""

from http import HTTPStatus

import orjson
from starlette.types import Receive, Scope, Send

from truss_runtime.service import Service

PATHS = ("/livez", "/readyz", "/routes")


class Probes:
    """An ASGI application for the three paths; the whole of the admin port."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Answers a GET of one of the paths, and anything else with 404 or 405."""
        if scope["type"] != "http":
            return
        status, body = self._answer(scope["path"])
        headers = [(b"content-type", b"application/json")]
        if scope["method"] not in ("GET", "HEAD"):
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, {"error": "Method not allowed: GET it."}
            headers.append((b"allow", b"GET, HEAD"))
        data = orjson.dumps(body)
        headers.append((b"content-length", b"%d" % len(data)))
        await send({"type": "http.response.start", "status": int(status), "headers": headers})
        await send({"type": "http.response.body", "body": data})

    def _answer(self, path: str) -> tuple[HTTPStatus, dict[str, object]]:
        lifecycle = self._service.lifecycle
        if path == "/routes":
            return HTTPStatus.OK, self._service.account()
        problem = None
        if path == "/livez":
            problem = self._service.fatal_problem()
            good = lifecycle.alive and problem is None
        elif path == "/readyz":
            problem = self._service.unready_problem()
            good = lifecycle.ready and problem is None
        else:
            return HTTPStatus.NOT_FOUND, {"error": f"No such path. There are {', '.join(PATHS)}."}
        return HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, {
            "state": lifecycle.state,
            **({} if problem is None else {"problem": problem}),
        }
