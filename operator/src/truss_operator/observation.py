"""What one reconcile saw of one TrussModel: the input of the pure status computation.

Flow: event → queue → **observe** → build → apply → **status**. The controller fills an :class:`Observation`
from its cache, from the answers to its applies and from the runtime's ``/routes``; ``truss_operator.status``
turns it into the ``status`` document. Nothing here talks to a cluster.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
"""A Kubernetes object, or a part of one, as it stands in JSON. Never changed in place."""


@dataclass(frozen=True, slots=True)
class Route:
    """One route that a model serves: the four keys of ``status.routes[]``."""

    kind: str
    """The method's name on the Model: ``predict``, ``chat_completions``, ..."""
    method: str
    path: str
    streaming: bool | None
    """Whether the method is known to stream; None when only a call can tell."""


@dataclass(frozen=True, slots=True)
class RouteReport:
    """What the runtime of one pod says of itself at GET /routes, once it is ready."""

    revision: str
    model: str
    environment: str | None
    runtime_version: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A child that could not be applied, for a cause that waiting does not mend."""

    reason: str
    """``InvalidSpec`` or ``NameConflict``."""
    message: str


@dataclass(frozen=True, slots=True)
class Observation:
    """The live state of one TrussModel's children.

    ``pods`` are all pods of the model, of any revision. ``routes`` is None until a ready pod of the wanted
    revision has answered; when it has been asked for a while and does not, ``routes_error`` says why (reason
    ``RoutesUnreadable``). ``refusals`` is empty when every child was applied.
    """

    deployment: Json | None
    pods: tuple[Json, ...] = ()
    routes: RouteReport | None = None
    routes_error: str | None = None
    refusals: tuple[Refusal, ...] = ()
