"""Baseten's URL forms: ``/environments/{env}/sync/v1/...`` and its kin lead to the routes without the prefix.

Only this deployment's own environment is here; the prefix of another one is 404.
"""

from starlette.types import Scope

from truss_runtime.kinds import WEBSOCKET
from truss_runtime.web.errors import ApiError

SHORT = ("production", "development")
"""The environments that may stand first in the path, without ``/environments``."""

_FIRST = ("/environments/", *(f"/{name}/" for name in SHORT))


def split(path: str) -> tuple[str, str] | None:
    """Returns the environment and the prefix of a path in one of these forms, and None for any other path.

    The prefix ends before ``/predict``, or after ``/sync``.
    """
    if not path.startswith(_FIRST):
        return None
    parts = path.split("/")
    start = 2 if parts[1] == "environments" else 1
    environment, rest = parts[start], parts[start + 1 :]
    prefix = "/".join(parts[: start + 1])
    if rest[:1] == ["sync"]:
        prefix += "/sync"
    return environment, prefix


def enter(scope: Scope, own: str) -> None:
    """Moves the prefix into ``root_path``, which routing skips (ASGI) and ``request.url`` keeps.

    Raises:
        ApiError: 404, the environment is another one or the path leads nowhere below it.
    """
    found = split(scope["path"])
    if found is None:
        return
    environment, prefix = found
    inner = scope["path"][len(prefix) :]
    scope["root_path"] = prefix
    if environment != own:
        raise ApiError(
            404, f"This deployment serves the environment `{own}` only.", code="environment_not_found"
        )
    if inner == "/websocket" and scope["type"] == "websocket":
        scope["path"] = prefix + WEBSOCKET.path
        return
    if inner != "/predict" and not (prefix.endswith("/sync") and inner.startswith("/v1/")):
        raise ApiError(404, f"Below {prefix} there are /predict and /sync/v1/....", code="route_not_found")


def inner_path(scope: Scope) -> str:
    """Returns the path without the prefix that ``enter`` found."""
    path: str = scope["path"]
    return path[len(scope.get("root_path", "")) :]
