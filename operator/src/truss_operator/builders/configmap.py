"""The ConfigMap: ``spec.config`` to be merged over config.yaml. Immutable, named by its content."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.digest import canonical, digest
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import config_map_name

CONFIG_KEY = "config.json"


def name_of_config_map(model: TrussModel) -> str | None:
    """Name of the ConfigMap that the pods mount, or None when spec has no config."""
    return config_map_name(model, digest(canonical(model.spec.config))) if model.spec.config else None


def build_config_map(model: TrussModel) -> dict[str, Any] | None:
    """The manifest, or None when spec has no config."""
    name = name_of_config_map(model)
    if name is None:
        return None
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": child_metadata(model, name),
        "immutable": True,
        "data": {CONFIG_KEY: canonical(model.spec.config)},
    }
