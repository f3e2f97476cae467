"""The verdict: all that was observed, in one reason with what to do. ``Ready`` and REASON show it."""

from dataclasses import dataclass

from truss_operator.api.v1alpha1 import LastFailure, TrussModel
from truss_operator.builders.labels import selector_text
from truss_operator.status.address import url_of
from truss_operator.status.reasons import (
    FAILURES,
    PAUSED,
    PROGRESSING,
    ROLLED_BACK,
    SCALED_TO_ZERO,
    SCALING,
    SERVING,
    Stall,
)
from truss_operator.status.rollout import Rollout
from truss_operator.status.serving import Serving


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason for everything."""

    ready: bool
    reason: str
    message: str
    stalled: bool = False
    """Whether waiting cannot help: someone must act."""


def verdict_of(
    model: TrussModel,
    wanted: str,
    rollout: Rollout,
    serving: Serving | None,
    failure: LastFailure | None,
    given_up: bool,
    dropped: tuple[list[str], str],
) -> Verdict:
    """Sums up. A message holds no count that moves while a rollout goes on: each one would be a write.

    Args:
        model: the TrussModel.
        wanted: the revision that spec asks for; the Deployment runs it.
        rollout: how that stands.
        serving: what serves.
        failure: what keeps the wanted revision from serving.
        given_up: whether it counts as failed, so that waiting is no use.
        dropped: kinds of route that it no longer serves, and the revision that did.
    """
    if failure is not None:
        return _failed(wanted, rollout, serving, failure, given_up)
    if rollout.wanted == 0:
        return _scaled_to_zero(model, rollout)
    served = serving is not None and serving.revision == wanted
    if model.spec.paused and (rollout.complete or not served):
        return _paused(wanted, serving, nothing_pending=rollout.complete and served)
    if rollout.complete and served:
        message = f"Revision {wanted} serves at {url_of(model)}."
        return Verdict(True, SERVING.name, message + no_longer(*dropped))
    if rollout.complete:
        message = f"The pods of revision {wanted} are ready; their routes are being read. Just wait."
        return Verdict(False, PROGRESSING.name, message)
    if served and rollout.finished_before:
        message = (
            f"{rollout.ready} of {rollout.wanted} replicas of revision {wanted} are ready. The others are"
            f" waited for; see them with {_pods_command(model)}."
        )
        return Verdict(False, SCALING.name, message)
    message = (
        f"The pods of revision {wanted} are waited for: they start and load the model. See them with"
        f" {_pods_command(model)}."
    )
    return Verdict(False, PROGRESSING.name, message + _meanwhile(wanted, serving))


def rolled_back_of(
    model: TrussModel, run: str, rollout: Rollout, cause: LastFailure, failure: LastFailure | None
) -> Verdict:
    """Sums up when the wanted revision has failed and another was restored.

    Args:
        model: the TrussModel.
        run: the revision that was restored.
        rollout: how that stands.
        cause: why the wanted one failed.
        failure: what keeps the restored one from serving.
    """
    restored = f"Revision {run} was restored"
    if failure is not None:
        restored += f", and does not serve either: {failure.reason}"
    elif rollout.available:
        restored += f" and serves at {url_of(model)}"
    message = f"Revision {cause.revision} failed. {restored}. {cause.reason}: {cause.message}"
    return Verdict(False, ROLLED_BACK.name, message, stalled=True)


def succeeding(model: TrussModel, left: str) -> Verdict:
    """Sums up while a child of an earlier TrussModel of the same name is still there, as ``kind/name``."""
    message = (
        f"{left} of an earlier TrussModel of this name is still there; Kubernetes deletes it soon. Should it"
        f" stay, a finalizer may hold it: kubectl get {left} -n {model.metadata.namespace} -o"
        " jsonpath='{.metadata.finalizers}'."
    )
    return Verdict(False, PROGRESSING.name, message)


def no_longer(kinds: list[str], before: str) -> str:
    """That routes are gone which an earlier revision served; empty when none are."""
    return f" It no longer serves {', '.join(kinds)}, as revision {before} did." if kinds else ""


def _failed(
    wanted: str, rollout: Rollout, serving: Serving | None, failure: LastFailure, given_up: bool
) -> Verdict:
    stall = FAILURES[failure.reason].stall if failure.reason in FAILURES else Stall.AT_DEADLINE
    served = serving is not None and serving.revision == wanted
    stalled = (
        given_up
        or stall is Stall.AT_ONCE
        or (stall is Stall.UNLESS_SERVED and not served)
        or rollout.deadline_passed
    )
    return Verdict(False, failure.reason, failure.message + _meanwhile(wanted, serving), stalled)


def _paused(wanted: str, serving: Serving | None, *, nothing_pending: bool) -> Verdict:
    """What waits for someone to go on with it is stalled."""
    if nothing_pending:
        message = (
            f"Revision {wanted} serves. Rollouts are paused: changes of spec wait for spec.paused: false."
        )
        return Verdict(True, PAUSED.name, message)
    message = f"Revision {wanted} waits, because rollouts are paused. To go on set spec.paused to false."
    return Verdict(False, PAUSED.name, message + _meanwhile(wanted, serving), stalled=True)


def _scaled_to_zero(model: TrussModel, rollout: Rollout) -> Verdict:
    name = model.metadata.name
    if rollout.current and rollout.replicas == 0:
        message = f"No replicas are asked for. To serve: kubectl scale trussmodel {name} --replicas=1."
        return Verdict(True, SCALED_TO_ZERO.name, message)
    return Verdict(False, SCALING.name, "No replicas are asked for; the last pods are going. Just wait.")


def _meanwhile(wanted: str, serving: Serving | None) -> str:
    older = serving is not None and serving.revision != wanted
    return f" Revision {serving.revision} serves meanwhile." if older and serving is not None else ""


def _pods_command(model: TrussModel) -> str:
    return f"kubectl get pods -n {model.metadata.namespace} -l {selector_text(model)}"
