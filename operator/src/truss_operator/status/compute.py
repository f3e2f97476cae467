"""The whole status of a TrussModel from one observation: the last step of the flow, and a pure one.

observation → which revision serves, how the rollout stands, what fails → verdict → conditions → ``status``.
"""

from datetime import datetime
from typing import Any

from truss_operator.api.v1alpha1 import TrussModel, TrussModelStatus
from truss_operator.builders.labels import selector_text
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Course, Observation, RouteReport
from truss_operator.status.address import openai_base_url_of, url_of
from truss_operator.status.classify import findings_of, overdue
from truss_operator.status.conditions import conditions_of
from truss_operator.status.finding import Finding, choose
from truss_operator.status.history import dropped_routes, history_of
from truss_operator.status.pods import Pod, living
from truss_operator.status.reasons import FAILURES, ROUTES_UNREADABLE
from truss_operator.status.rollout import Rollout, rollout_of
from truss_operator.status.scheduling import refused
from truss_operator.status.serving import Serving, known_routes, serving_of
from truss_operator.status.summary import summary_of
from truss_operator.status.verdict import rolled_back_of, succeeding, verdict_of
from truss_operator.times import rfc3339


def compute_status(model: TrussModel, seen: Observation, now: datetime, site: str = "") -> dict[str, Any]:
    """The complete new status.

    Args:
        model: the object with the status that it has: transition times and what was learned come from there.
        seen: what was observed of its children.
        now: the time, with a time zone.
        site: address of the documentation, which messages about failures lead to; empty for none.

    Returns:
        ``status`` in JSON. The same as the old one when nothing but the time has changed.
    """
    wanted = revision_of(model)
    time = rfc3339(now)
    course = seen.course or Course(wanted, model.spec.image, tuple(model.status.history or ()))
    rollout = rollout_of(seen.deployment, course.revision, model.spec.replicas)
    pods = living(seen.pods, seen.signs)
    serving = serving_of(model, course, rollout, pods, seen.routes)
    mine = [pod for pod in pods if pod.revision == course.revision]
    not_applied = _refused(seen)
    findings = (
        not_applied
        or _failing(model, course.revision, seen, rollout, mine)
        or _unreadable(seen, course.revision, serving)
    )
    failure = choose(findings, model.status.last_failure, course.revision, time)
    history = history_of(course.history, serving, course.revision if rollout.good else None, time)
    if course.revision != wanted and course.failure is not None and not not_applied:
        verdict = rolled_back_of(model, course.revision, rollout, course.failure, failure)
        failure = course.failure
    else:
        failure = failure or (None if rollout.complete else course.failure)
        dropped = dropped_routes(history, wanted)
        verdict = verdict_of(model, wanted, rollout, serving, failure, course.failure is not None, dropped)
        if seen.in_the_way and failure is None:
            verdict = succeeding(model, seen.in_the_way)
    routes = list(serving.routes) if serving is not None else None
    return TrussModelStatus(
        observed_generation=model.metadata.generation,
        conditions=conditions_of(model, rollout, serving, verdict, time, site),
        url=url_of(model),
        openai_base_url=openai_base_url_of(model),
        model=model.served_name,
        environment=model.spec.environment,
        routes=routes,
        routes_summary=summary_of([route.kind for route in routes]) if routes is not None else None,
        replicas=rollout.replicas,
        ready_replicas=rollout.ready,
        replicas_summary=f"{rollout.ready}/{rollout.wanted}",
        selector=selector_text(model),
        active_revision=serving.revision if serving is not None else None,
        image=serving.image if serving is not None else None,
        last_failure=failure,
        history=history or None,
    ).as_json()


def routes_known(model: TrussModel, revision: str) -> RouteReport | None:
    """A revision's routes as the status holds them: a restarted operator asks no pod again."""
    routes = known_routes(model.status, revision)
    if routes is None:
        return None
    return RouteReport(revision, routes)


def _refused(seen: Observation) -> list[Finding]:
    """Children that could not be applied: what there is of the others may be of an earlier spec."""
    return [Finding(FAILURES[refusal.reason], refusal.message) for refusal in seen.refusals]


def _failing(
    model: TrussModel, wanted: str, seen: Observation, rollout: Rollout, pods: list[Pod]
) -> list[Finding]:
    """What fails in the wanted revision's pods, or that they came no further. Nothing once all serve."""
    if rollout.complete or rollout.wanted == 0:
        return []
    found = findings_of(pods, served=model.status.active_revision == wanted)
    if rollout.current:
        found += refused(seen.deployment)
    return found or ([overdue(pods)] if rollout.deadline_passed else [])


def _unreadable(seen: Observation, revision: str, serving: Serving | None) -> list[Finding]:
    """That a ready pod does not tell its routes, and nobody told them before."""
    if seen.routes_error is None or (serving is not None and serving.revision == revision):
        return []
    return [Finding(ROUTES_UNREADABLE, seen.routes_error)]
