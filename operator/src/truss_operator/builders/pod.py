"""The pod template: the model's container, its volumes, where it may run, as whom."""

from typing import Any

from truss_operator.api.v1alpha1 import GROUP, TrussModel
from truss_operator.builders.container import build_container
from truss_operator.builders.ending import end_seconds
from truss_operator.builders.labels import pod_labels, selector
from truss_operator.builders.merge import merge
from truss_operator.builders.volumes import build_volumes

UID = 60000
"""The user that Truss images run as on Baseten's platform, so that files in them are readable here too."""
RESTARTED_ANNOTATION = f"{GROUP}/restartedAt"
"""On pods that were made anew because ``spec.rollout.restartedAt`` asked for it."""


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
        "terminationGracePeriodSeconds": end_seconds(model),
        **_placement(model),
    }
    metadata: dict[str, Any] = {"labels": pod_labels(model, revision)}
    if model.spec.rollout is not None and model.spec.rollout.restarted_at:
        metadata["annotations"] = {RESTARTED_ANNOTATION: model.spec.rollout.restarted_at}
    template = {"metadata": metadata, "spec": spec}
    over = model.spec.pod_template
    return merge(template, over.as_json()) if over is not None else template


def _placement(model: TrussModel) -> dict[str, Any]:
    wanted = model.spec
    fields: dict[str, Any] = {
        "serviceAccountName": wanted.service_account_name,
        "imagePullSecrets": [secret.as_json() for secret in wanted.image_pull_secrets or ()],
        "nodeSelector": wanted.node_selector,
        "tolerations": [toleration.as_json() for toleration in wanted.tolerations or ()],
        "affinity": wanted.affinity,
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": selector(model)}, **constraint}
            for constraint in wanted.topology_spread_constraints or ()
        ],
        "priorityClassName": wanted.priority_class_name,
        "runtimeClassName": wanted.runtime_class_name,
        "resourceClaims": [claim.as_json() for claim in wanted.resource_claims or ()],
    }
    return {field: value for field, value in fields.items() if value}
