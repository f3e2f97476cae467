"""The Deployment: as many pods of the revision as spec wants, replaced without a gap."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import selector
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import deployment_name
from truss_operator.builders.pod import build_pod_template
from truss_operator.builders.revision import revision_of

PROGRESS_DEADLINE_SECONDS = 2400
"""After how long without progress a rollout counts as failed: longer than the runtime waits for a load
(1800)."""


def build_deployment(model: TrussModel) -> dict[str, Any]:
    """The manifest. New pods come beside the old ones, so a revision that does not load takes no traffic."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": child_metadata(model, deployment_name(model)),
        "spec": {
            "replicas": model.spec.replicas,
            "selector": {"matchLabels": selector(model)},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "progressDeadlineSeconds": PROGRESS_DEADLINE_SECONDS,
            "template": build_pod_template(model, revision_of(model)),
        },
    }
