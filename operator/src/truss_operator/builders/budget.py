"""The PodDisruptionBudget: a node that is drained takes one replica at a time."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import selector
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import budget_name

LEAST_REPLICAS = 2
"""Of a single replica a budget could only forbid that its node is ever drained."""


def build_budget(model: TrussModel) -> dict[str, Any] | None:
    """The manifest, or None for fewer replicas than two. Pods that are not ready may always be evicted."""
    if model.spec.replicas < LEAST_REPLICAS:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": child_metadata(model, budget_name(model)),
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector(model)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }
