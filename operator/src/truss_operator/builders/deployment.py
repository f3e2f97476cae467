"""The Deployment: as many pods of the revision as spec wants, replaced without a gap."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.rollout import PROGRESS_DEADLINE_SECONDS, Rollout
from truss_operator.builders.labels import selector
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import deployment_name

_BEYOND_LOAD_SECONDS = 600
"""What it is longer by: the time to be scheduled and to pull the image."""


def build_deployment(model: TrussModel, template: dict[str, Any]) -> dict[str, Any]:
    """The manifest. New pods come beside the old ones, so a revision that does not load takes no traffic."""
    rollout = model.spec.rollout or Rollout()
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(model, deployment_name(model)),
        "spec": {
            "replicas": model.spec.replicas,
            "selector": {"matchLabels": selector(model)},
            "strategy": _strategy(rollout),
            "minReadySeconds": rollout.min_ready_seconds,
            "progressDeadlineSeconds": rollout.progress_deadline_seconds or _progress_deadline(model),
            "paused": bool(model.spec.paused),
            "template": template,
        },
    }


def _strategy(rollout: Rollout) -> dict[str, Any]:
    if rollout.strategy == "Recreate":
        return {"type": "Recreate"}
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": rollout.max_surge, "maxUnavailable": 0}}


def _progress_deadline(model: TrussModel) -> int:
    load = model.spec.timeouts.load_seconds if model.spec.timeouts is not None else None
    return (
        PROGRESS_DEADLINE_SECONDS
        if load is None
        else max(PROGRESS_DEADLINE_SECONDS, load + _BEYOND_LOAD_SECONDS)
    )
