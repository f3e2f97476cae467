"""/livez, /readyz, /routes and /metrics, on both ports: what probes and operators ask. No user code runs.

While a server drains, the two ports differ in /readyz. A load balancer that asks the main port must learn at
once that it should send elsewhere. The kubelet asks the admin port, and Kubernetes knows already: a pod that
is to end is no ready endpoint of its Service any more. But where no other endpoint is ready, as when the only
replica moves to another node, kube-proxy goes on sending to a terminating pod while its readiness probe holds
(https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#serving). So it holds until the
listener closes.
"""

from http import HTTPStatus

import orjson
from starlette.types import Receive, Scope, Send

from truss_runtime.service import Service

METRICS = "/metrics"
PATHS = ("/livez", "/readyz", "/routes", METRICS)


class Probes:
    """An ASGI application for these paths; the whole of the admin port.

    Args:
        service: what they tell of.
        until_closed: whether a server that drains is ready until its listener closes.
    """

    def __init__(self, service: Service, *, until_closed: bool = False) -> None:
        self._service = service
        self._until_closed = until_closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Answers a GET of one of the paths, and anything else with 404 or 405."""
        if scope["type"] != "http":
            return
        if scope["path"] == METRICS and scope["method"] in ("GET", "HEAD"):
            data, content_type = self._metrics(scope)
            await _send(send, HTTPStatus.OK, data, [(b"content-type", content_type.encode())])
            return
        status, body = self._answer(scope["path"])
        headers = [(b"content-type", b"application/json")]
        if scope["method"] not in ("GET", "HEAD"):
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, {"error": "Method not allowed: GET it."}
            headers.append((b"allow", b"GET, HEAD"))
        await _send(send, status, orjson.dumps(body), headers)

    def _metrics(self, scope: Scope) -> tuple[bytes, str]:
        from truss_runtime.web.exposition import Exposition  # late: where nobody asks, nobody pays

        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        return Exposition(self._service).render(accept.decode("latin-1"))

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
            good = (lifecycle.reachable if self._until_closed else lifecycle.ready) and problem is None
        else:
            return HTTPStatus.NOT_FOUND, {"error": f"No such path. There are {', '.join(PATHS)}."}
        return HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE, {
            "state": lifecycle.state,
            **({} if problem is None else {"problem": problem}),
        }


async def _send(send: Send, status: HTTPStatus, data: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    headers.append((b"content-length", b"%d" % len(data)))
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": data})
