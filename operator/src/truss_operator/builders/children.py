"""All children of a TrussModel in the order to apply them in: what a pod mounts before the pod."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.configmap import build_config_map
from truss_operator.builders.deployment import build_deployment
from truss_operator.builders.service import build_service


def build_children(model: TrussModel) -> list[dict[str, Any]]:
    """Full manifests to apply, with only the fields that are the operator's.

    Args:
        model: the TrussModel as the API server holds it, with its uid.

    Returns:
        The ConfigMap if spec has a config, the Service, the Deployment.
    """
    config_map = build_config_map(model)
    return [*([config_map] if config_map else []), build_service(model), build_deployment(model)]
