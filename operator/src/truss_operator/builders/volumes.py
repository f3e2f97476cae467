"""Volumes of the pod: scratch space, the merged config, the Model's secrets, and the user's own."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.configmap import CONFIG_KEY, name_of_config_map

CONFIG_FILE = f"/etc/trussmodel/{CONFIG_KEY}"
"""Where the runtime finds ``spec.config``."""
API_KEYS_DIR = "/api-keys"
"""Where the runtime finds the keys of ``spec.auth``, one a file, kept up to date by the kubelet."""
_SECRETS_MODE = 0o440


def build_volumes(model: TrussModel) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The pod's volumes, and where the model's container mounts them.

    The root file system is read-only, so /tmp is an emptyDir. All secrets share one projected volume with one
    file for each name, readable by the pod's group.
    """
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {}}]
    mounts: list[dict[str, Any]] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - the pod's, not this process's
    config_map = name_of_config_map(model)
    if config_map is not None:
        volumes.append({"name": "config", "configMap": {"name": config_map}})
        mounts.append({"name": "config", "mountPath": CONFIG_FILE.rpartition("/")[0], "readOnly": True})
    if model.spec.secrets:
        sources = [
            {"secret": {"name": secret.name, "items": [{"key": secret.key, "path": name}]}}
            for name, secret in sorted(model.spec.secrets.items())
        ]
        volumes.append({"name": "secrets", "projected": {"sources": sources, "defaultMode": _SECRETS_MODE}})
        mounts.append({"name": "secrets", "mountPath": "/secrets", "readOnly": True})
    if model.spec.auth is not None:
        secret = {"secretName": model.spec.auth.secret_name, "defaultMode": _SECRETS_MODE}
        volumes.append({"name": "api-keys", "secret": secret})
        mounts.append({"name": "api-keys", "mountPath": API_KEYS_DIR, "readOnly": True})
    volumes += [volume.as_json() for volume in model.spec.volumes or ()]
    mounts += [mount.as_json() for mount in model.spec.volume_mounts or ()]
    return volumes, mounts
