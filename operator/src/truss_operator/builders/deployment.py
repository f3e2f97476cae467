"""The Deployment: as many pods of the revision as spec wants, replaced without a gap."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import selector
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import deployment_name

PROGRESS_DEADLINE_SECONDS = 2400
"""After how long without progress a rollout counts as failed: longer than the runtime waits for a load
(1800)."""
_BEYOND_LOAD_SECONDS = 600
"""What it is longer by: the time to be scheduled and to pull the image."""


def build_deployment(model: TrussModel, template: dict[str, Any]) -> dict[str, Any]:
    """The manifest. New pods come beside the old ones, so a revision that does not load takes no traffic."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(model, deployment_name(model)),
        "spec": {
            "replicas": model.spec.replicas,
            "selector": {"matchLabels": selector(model)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "progressDeadlineSeconds": _progress_deadline(model),
            "template": template,
        },
    }


def _progress_deadline(model: TrussModel) -> int:
    load = model.spec.timeouts.load_seconds if model.spec.timeouts is not None else None
    return (
        PROGRESS_DEADLINE_SECONDS
        if load is None
        else max(PROGRESS_DEADLINE_SECONDS, load + _BEYOND_LOAD_SECONDS)
    )
