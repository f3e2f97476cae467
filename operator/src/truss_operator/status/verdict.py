"""The verdict: all that was observed, in one reason with what to do. ``Ready`` and REASON show it."""

from dataclasses import dataclass

from truss_operator.api.v1alpha1 import LastFailure, TrussModel
from truss_operator.status.address import url_of
from truss_operator.status.reasons import (
    FAILURES,
    PROGRESSING,
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
) -> Verdict:
    """Sums up. A message holds no count that moves while a rollout goes on: each one would be a write."""
    if failure is not None:
        return _failed(wanted, rollout, serving, failure)
    if rollout.wanted == 0:
        return _scaled_to_zero(model, rollout)
    served = serving is not None and serving.revision == wanted
    if rollout.complete and served:
        return Verdict(True, SERVING.name, f"Revision {wanted} serves at {url_of(model)}.")
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


def _failed(wanted: str, rollout: Rollout, serving: Serving | None, failure: LastFailure) -> Verdict:
    stall = FAILURES[failure.reason].stall if failure.reason in FAILURES else Stall.AT_DEADLINE
    served = serving is not None and serving.revision == wanted
    stalled = (
        stall is Stall.AT_ONCE or (stall is Stall.UNLESS_SERVED and not served) or rollout.deadline_passed
    )
    return Verdict(False, failure.reason, failure.message + _meanwhile(wanted, serving), stalled)


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
    return f"kubectl get pods -n {model.metadata.namespace} -l trussmodel.dev/name={model.metadata.name}"
