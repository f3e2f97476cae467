"""Reads the runtime's account of itself, GET /routes (docs/reference/http-surface.md).

It comes from a pod, which runs what a user put into an image: nothing in it is taken as given.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from truss_operator.observation import Route, RouteReport
from truss_operator.probe.errors import ProbeError

_Name = Annotated[str, Field(min_length=1, max_length=253)]


class _Route(BaseModel):
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: Annotated[str, Field(pattern=r"^/[!-~]*$", max_length=253)]
    streaming: bool | None = None


class _Account(BaseModel):
    state: str
    model: _Name
    environment: _Name | None = None
    runtimeVersion: Annotated[str, Field(max_length=63)]  # noqa: N815  # the wire's name
    routes: Annotated[list[_Route], Field(max_length=64)]


def parse_routes(body: bytes, revision: str) -> RouteReport:
    """The report in an answer to GET /routes.

    Args:
        body: The answer's body.
        revision: Of the pod that it came from.

    Raises:
        ProbeError: It is no such account, or the runtime is not ready.
    """
    try:
        account = _Account.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ProbeError(
            f"GET /routes answers what is no account of routes: {where}: {first['msg']}"
        ) from error
    if account.state != "ready":
        raise ProbeError(f"the runtime says that it is {account.state[:32]!r}, not ready")
    routes = tuple(Route(route.kind, route.method, route.path, route.streaming) for route in account.routes)
    return RouteReport(revision, routes)
