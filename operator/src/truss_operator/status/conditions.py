"""Conditions as kstatus and ``kubectl wait`` read them (docs/reference/status.md says what each means)."""

from collections.abc import Iterable
from typing import Literal

from truss_operator.api.v1alpha1 import Condition, TrussModel
from truss_operator.status.page import with_page
from truss_operator.status.prose import one_line
from truss_operator.status.reasons import FAILURES, PROGRESSING, ROUTES_READ, SERVING
from truss_operator.status.rollout import Rollout
from truss_operator.status.serving import Serving
from truss_operator.status.verdict import Verdict

Said = tuple[str, bool, str, str]
"""Type, whether it holds, reason, message."""


def conditions_of(
    model: TrussModel,
    rollout: Rollout,
    serving: Serving | None,
    verdict: Verdict,
    now: str,
    site: str,
) -> list[Condition]:
    """All conditions, in a fixed order. Reconciling or Stalled is there only while it is so, never both."""
    message = with_page(verdict.message, verdict.reason, site)
    said = [
        ("Ready", verdict.ready, verdict.reason, message),
        _available(rollout, serving, verdict),
        _routes_discovered(serving, verdict),
    ]
    if not verdict.ready:
        said.append(("Stalled" if verdict.stalled else "Reconciling", True, verdict.reason, message))
    return _dated(said, model.status.conditions or (), model.metadata.generation, now)


def _available(rollout: Rollout, serving: Serving | None, verdict: Verdict) -> Said:
    if rollout.available > 0:
        who = f"revision {serving.revision}" if serving is not None else "ready pods"
        return ("Available", True, SERVING.name, f"Requests are answered by {who}.")
    return ("Available", False, verdict.reason, verdict.message)


def _routes_discovered(serving: Serving | None, verdict: Verdict) -> Said:
    if serving is not None:
        message = f"status.routes is what the runtime of revision {serving.revision} has told."
        return ("RoutesDiscovered", True, ROUTES_READ.name, message)
    message = "Routes are read from the first pod of a revision that is ready; none has been yet."
    if verdict.ready:
        return ("RoutesDiscovered", False, verdict.reason, f"{message} {verdict.message}")
    if verdict.reason in FAILURES:
        return (
            "RoutesDiscovered",
            False,
            verdict.reason,
            f"{message} See Ready for what keeps it from that.",
        )
    return ("RoutesDiscovered", False, PROGRESSING.name, message)


def _dated(said: Iterable[Said], before: Iterable[Condition], generation: int, now: str) -> list[Condition]:
    """The conditions with their transition times: a new one only where the status is another than before."""
    since: dict[tuple[str, str], str] = {(was.type, was.status): was.last_transition_time for was in before}
    dated = []
    for kind, holds, reason, message in said:
        status: Literal["True", "False"] = "True" if holds else "False"
        dated.append(
            Condition(
                type=kind,
                status=status,
                reason=reason,
                message=one_line(message),
                observed_generation=generation,
                last_transition_time=since.get((kind, status), now),
            )
        )
    return dated
