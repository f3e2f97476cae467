"""The model's container: the user's image with the runtime as its entry point."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.environment import build_env
from truss_operator.builders.ports import ADMIN, ADMIN_PORT, HTTP, HTTP_PORT
from truss_operator.builders.probes import build_probes

CONTAINER_NAME = "model"


def build_container(model: TrussModel, mounts: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest: no command (the image's entry point is the runtime), restricted for Pod Security.

    What a container that dies without a word has printed last is kept by ``FallbackToLogsOnError``.
    """
    container: dict[str, Any] = {
        "name": CONTAINER_NAME,
        "image": model.spec.image,
        "ports": [
            {"name": HTTP, "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": ADMIN, "containerPort": ADMIN_PORT, "protocol": "TCP"},
        ],
        "env": build_env(model),
        "volumeMounts": mounts,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        **build_probes(model),
    }
    if model.spec.image_pull_policy:
        container["imagePullPolicy"] = model.spec.image_pull_policy
    if model.spec.env_from:
        container["envFrom"] = [source.as_json() for source in model.spec.env_from]
    if model.spec.resources and (resources := model.spec.resources.as_json()):
        container["resources"] = resources
    return container
