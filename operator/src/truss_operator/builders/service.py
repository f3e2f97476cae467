"""The Service: one stable URL before the ready pods, of whichever revision."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import selector
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import service_name
from truss_operator.builders.ports import HTTP, SERVICE_PORT


def build_service(model: TrussModel) -> dict[str, Any]:
    """The manifest."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": child_metadata(model, service_name(model)),
        "spec": {
            "selector": selector(model),
            "ports": [{"name": HTTP, "port": SERVICE_PORT, "targetPort": HTTP, "protocol": "TCP"}],
        },
    }
