"""The pod template: the model's container, its volumes, where it may run, as whom."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.container import build_container
from truss_operator.builders.labels import pod_labels
from truss_operator.builders.volumes import build_volumes

UID = 60000
"""The user that Truss images run as on Baseten's platform, so that files in them are readable here too."""
_DRAIN_SECONDS = 10
_GRACE_SECONDS = 120
_MARGIN_SECONDS = 5


def build_pod_template(model: TrussModel, revision: str) -> dict[str, Any]:
    """The template of the pods of one revision."""
    volumes, mounts = build_volumes(model)
    spec: dict[str, Any] = {
        "containers": [build_container(model, mounts)],
        "volumes": volumes,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        # The runtime drains, then waits for calls in flight; the margin is for the interpreter to end.
        "terminationGracePeriodSeconds": _DRAIN_SECONDS + _GRACE_SECONDS + _MARGIN_SECONDS,
        **_placement(model),
    }
    return {"metadata": {"labels": pod_labels(model, revision)}, "spec": spec}


def _placement(model: TrussModel) -> dict[str, Any]:
    wanted = model.spec
    fields: dict[str, Any] = {
        "serviceAccountName": wanted.service_account_name,
        "imagePullSecrets": [secret.as_json() for secret in wanted.image_pull_secrets or ()],
        "nodeSelector": wanted.node_selector,
        "tolerations": [toleration.as_json() for toleration in wanted.tolerations or ()],
    }
    return {field: value for field, value in fields.items() if value}
