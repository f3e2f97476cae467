"""All children of a TrussModel in the order to apply them in: what a pod mounts before the pod."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.budget import build_budget
from truss_operator.builders.configmap import build_config_map
from truss_operator.builders.deployment import build_deployment
from truss_operator.builders.pod import build_pod_template
from truss_operator.builders.revision import revision_of
from truss_operator.builders.service import build_service


def build_children(
    model: TrussModel, template: dict[str, Any] | None = None, shape: TrussModel | None = None
) -> list[dict[str, Any]]:
    """Full manifests to apply, with only the fields that are the operator's.

    Args:
        model: the TrussModel as the API server holds it, with its uid.
        template: the pod template to run; by default the one of the wanted revision.
        shape: the TrussModel with the config that the template mounts, where that is another.

    Returns:
        The ConfigMap if there is a config, the Service, the Deployment, the PodDisruptionBudget if there are
        replicas to spare.
    """
    if template is None:
        template = build_pod_template(model, revision_of(model))
    children = (
        build_config_map(shape or model),
        build_service(model),
        build_deployment(model, template),
        build_budget(model),
    )
    return [child for child in children if child is not None]
