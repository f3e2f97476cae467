"""``spec.rollout``: how one revision takes over from another, and what happens when it does not."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from truss_operator.api.apitype import ApiType, Extension, Rule
from truss_operator.api.fields import Int32, Time

PROGRESS_DEADLINE_SECONDS = 2400
"""Longer than the runtime waits for a load by default (1800)."""

RouteKind = Literal["predict", "chat_completions", "completions", "embeddings", "responses", "messages"]
"""A route by the method of the Model that it calls (docs/reference/http-surface.md)."""


class Smoke(ApiType):
    """A request that a new pod must answer before it is ready."""

    route: RouteKind
    """The route that it goes to, by its kind."""
    body: Annotated[dict[str, Any], Extension({"x-kubernetes-preserve-unknown-fields": True})] | None = None
    """Its JSON body, an object."""
    status: Annotated[Int32, Field(ge=100, le=599)] = 200
    """The HTTP status that it must be answered with."""


class Rollout(ApiType):
    """How a new revision takes over. Of these only ``restartedAt`` makes a new revision."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.minReadySeconds) || self.minReadySeconds < (has(self.progressDeadlineSeconds)"
            f" ? self.progressDeadlineSeconds : {PROGRESS_DEADLINE_SECONDS})",
            "a pod must count as available before the deadline: make progressDeadlineSeconds longer than"
            " minReadySeconds",
            field_path=".minReadySeconds",
        ),
    )

    strategy: Literal["RollingUpdate", "Recreate"] = "RollingUpdate"
    """RollingUpdate starts new pods beside the old ones, which go once the new ones are ready. Recreate ends
    the old ones first, where there is room or a GPU for one only: until a new one is ready nothing serves."""
    max_surge: Annotated[Int32, Field(ge=1)] = 1
    """How many pods more than ``replicas`` there may be during a RollingUpdate."""
    progress_deadline_seconds: Annotated[Int32, Field(ge=1)] | None = None
    """After how long without progress a rollout has failed. Unset, 2400, or 600 more than
    ``timeouts.loadSeconds`` if that is longer."""
    rollback: Literal["Automatic", "Never"] = "Automatic"
    """Automatic restores the last good revision when a new one fails. Never leaves the one that failed where
    it is, with RollingUpdate beside the good one, and out of traffic."""
    min_ready_seconds: Annotated[Int32, Field(ge=0)] = 0
    """For how long a pod must be ready to count as available."""
    restarted_at: Time | None = None
    """Any new time here makes a new revision of the same pods: a restart."""
    smoke: Smoke | None = None
    """A request that a new pod must answer before it is ready. A change takes effect with the next
    revision."""
