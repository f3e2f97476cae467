"""Environment variables of the model's container: the runtime's settings first, then the user's own."""

from collections.abc import Mapping
from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.settings import SETTINGS
from truss_operator.builders.configmap import name_of_config_map
from truss_operator.builders.digest import canonical
from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.builders.volumes import API_KEYS_DIR, CONFIG_FILE


def build_env(model: TrussModel) -> list[dict[str, Any]]:
    """The variables in order. A user's HOME wins over ours; our TRUSS_ names are refused at admission."""
    ours = {
        "TRUSS_MODEL_NAME": model.served_name,
        "TRUSS_ENVIRONMENT": model.spec.environment,
        "TRUSS_ADMIN_PORT": str(ADMIN_PORT),
        "HOME": "/tmp",  # noqa: S108 - in the pod, where /tmp is an emptyDir
    }
    if name_of_config_map(model) is not None:
        ours["TRUSS_CONFIG"] = CONFIG_FILE
    if model.spec.auth is not None:
        ours["TRUSS_API_KEYS_DIR"] = API_KEYS_DIR
    ours |= _settings(model)
    users = [variable.as_json() for variable in model.spec.env or ()]
    taken = {variable["name"] for variable in users}
    return [{"name": name, "value": value} for name, value in ours.items() if name not in taken] + users


def _settings(model: TrussModel) -> dict[str, str]:
    """The runtime's settings that spec has. What it leaves out or empty, the runtime finds elsewhere.

    Empty is as good as left out, as it is to the revision.
    """
    spec = {field: value for field, value in model.spec.as_json().items() if value not in ({}, [])}
    found = {}
    for variable, path in SETTINGS.items():
        value: Any = spec
        for field in path.split("."):
            value = value.get(field) if isinstance(value, Mapping) else None
        if value is not None:
            found[variable] = _text(value)
    return found


def _text(value: bool | int | list[str] | dict[str, Any]) -> str:
    if isinstance(value, dict):
        return canonical(value)
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)
