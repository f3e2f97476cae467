"""What one reconcile saw of one TrussModel: the input of the pure status computation.

Flow: event → queue → **observe** → build → apply → **status**. The controller fills an :class:`Observation`
from its cache, from the answers to its applies and from the runtime's ``/routes``; ``truss_operator.status``
turns it into the ``status`` document. Nothing here talks to a cluster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from truss_operator.api.v1alpha1 import LastFailure, RevisionStatus

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
    """The routes of one revision, as the runtime of a ready pod of it tells them at GET /routes."""

    revision: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A child that could not be applied, for a cause that waiting does not mend."""

    reason: str
    """``InvalidSpec`` or ``NameConflict``."""
    message: str


@dataclass(frozen=True, slots=True)
class PodEvent:
    """What someone said of a pod in an Event."""

    reason: str
    note: str
    time: str
    """When last, RFC 3339; empty when it is not known."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What was looked up about a pod that gets no further, because its own status does not tell."""

    events: tuple[PodEvent, ...] = ()
    state: str = ""
    """What its runtime says it is (``state`` of GET /routes), or empty when it was not asked."""
    problem: str = ""
    """Why the runtime is not ready nevertheless, in its words (``problem`` of GET /routes)."""
    silent: bool = False
    """Whether a container runs, and its admin port has not answered for long."""
    early: bool = False
    """Whether it is too early to tell: an Event that would name the cause may still be on its way."""
    pending: bool = False
    """Whether it is being looked at for the first time: the status waits for what comes of it."""


@dataclass(frozen=True, slots=True)
class Course:
    """Which revision the Deployment is to run, and what became of all of them."""

    revision: str
    """The wanted one; or, when that has failed, the last good one."""
    image: str
    """Its image, as in spec."""
    history: tuple[RevisionStatus, ...] = ()
    """Newest first; the wanted one is the first."""
    failure: LastFailure | None = None
    """Why the wanted revision has failed, if it has."""


@dataclass(frozen=True, slots=True)
class Observation:
    """The live state of one TrussModel's children.

    ``pods`` are all pods of the model, of any revision. ``routes`` is None until a ready pod of the wanted
    revision has answered; when it has been asked for a while and does not, ``routes_error`` says why (reason
    ``RoutesUnreadable``). ``refusals`` is empty when every child was applied, or something is ``in_the_way``.
    Without a ``course`` the wanted revision runs.
    """

    deployment: Json | None
    pods: tuple[Json, ...] = ()
    routes: RouteReport | None = None
    routes_error: str | None = None
    refusals: tuple[Refusal, ...] = ()
    signs: Mapping[str, Signs] = field(default_factory=dict)
    """By pod."""
    course: Course | None = None
    in_the_way: str = ""
    """A child of an earlier TrussModel of this name that is still there, as ``kind/name``."""
