"""``status``: what is so. The operator writes it whole; docs/reference/status.md explains it."""

from typing import Annotated, Literal

from pydantic import Field

from truss_operator.api.apitype import ApiType
from truss_operator.api.fields import ATOMIC, Int32, Int64, Time, map_by


class Condition(ApiType):
    """One aspect of the state, as the Kubernetes API conventions define conditions."""

    type: str
    """Ready, Available, RoutesDiscovered, Reconciling or Stalled."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: str
    """Why, in one word."""
    message: str
    """Why, and what to do next."""
    observed_generation: Int64 = 0
    """The generation of the object that this is said of."""
    last_transition_time: Time
    """When ``status`` last changed."""


class RouteStatus(ApiType):
    """One route that the model answers."""

    kind: str
    """The method of the Model: ``predict``, ``chat_completions``, ..."""
    method: str
    """The HTTP method."""
    path: str
    """The path below ``url``."""
    streaming: bool | None = None
    """Whether the method is known to stream. Absent when only a call can tell."""


class LastFailure(ApiType):
    """What keeps the wanted revision from serving."""

    phase: str
    """How far it came: image, schedule, config, import, init, load, routes, run or rollout."""
    reason: str
    """The failure in one word, from the vocabulary of docs/reference/status.md."""
    message: str
    """What happened, and what to do next."""
    revision: str
    """The revision that failed."""
    time: Time
    """When it was first so."""
    exception_type: str | None = None
    """Type of the Python exception."""
    traceback: str | None = None
    """The frames of the user's code, outermost first, one a line."""
    pod: str | None = None
    """The pod that it was seen in first."""
    container: str | None = None
    """The container in that pod."""
    exit_code: Int32 | None = None
    """The container's exit code."""


Outcome = Literal["Progressing", "Succeeded", "Failed", "Superseded"]
"""What a revision has come to."""


class RevisionStatus(ApiType):
    """What became of one revision."""

    revision: str
    """The revision."""
    image: str
    """The image that it runs, with its digest once a node has told it."""
    time: Time
    """When it came to ``outcome``."""
    outcome: Outcome
    """Progressing; Succeeded once all its replicas were available; Failed; or Superseded by the next before
    it was either."""
    routes: str | None = None
    """The kinds of the routes that it served, as in routesSummary."""
    reason: str | None = None
    """Why it failed, from the vocabulary of docs/reference/status.md."""


class TrussModelStatus(ApiType):
    """What is so. Written by the operator alone."""

    observed_generation: Int64 = -1
    """The generation of this object that the status is of. -1 before the operator has seen it."""
    conditions: Annotated[list[Condition], map_by("type")] | None = None
    """Ready, Available and RoutesDiscovered; Reconciling or Stalled while that is so."""
    url: str | None = None
    """Base URL of the model inside the cluster."""
    openai_base_url: str | None = None
    """The same for OpenAI clients: their ``base_url``."""
    model: str | None = None
    """The model's name on the OpenAI routes."""
    environment: str | None = None
    """The environment that the model is of."""
    routes: Annotated[list[RouteStatus], ATOMIC] | None = None
    """The routes that the revision that serves answers, as its runtime tells them."""
    routes_summary: str | None = None
    """The kinds of the routes, for the column; past 120 characters the first ones and how many more."""
    replicas: Annotated[Int32, Field(ge=0)] | None = None
    """Pods that there are, of any revision."""
    ready_replicas: Annotated[Int32, Field(ge=0)] | None = None
    """Pods among them that are ready."""
    replicas_summary: str | None = None
    """Ready of wanted replicas, for the column."""
    selector: str | None = None
    """Label selector of the pods, for the scale subresource."""
    active_revision: str | None = None
    """The revision that serves."""
    image: str | None = None
    """The image that serves, with its digest where the node knows it."""
    last_failure: LastFailure | None = None
    """What keeps the wanted revision from serving. Absent when nothing does."""
    history: Annotated[list[RevisionStatus], ATOMIC] | None = None
    """What became of the last 10 revisions, the one that spec asks for first."""
