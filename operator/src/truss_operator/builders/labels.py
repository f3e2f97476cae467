"""Labels of the children and pods, and the selectors over them (docs/reference/operator.md lists them)."""

from truss_operator.api.v1alpha1 import GROUP, TrussModel

MANAGER = "trussmodel-operator"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY_SELECTOR = f"{MANAGED_BY_LABEL}={MANAGER}"
"""Selects everything that the operator made, for its watches."""
NAME_LABEL = f"{GROUP}/name"
"""Name of the TrussModel that a child or a pod belongs to."""
REVISION_LABEL = f"{GROUP}/revision"
"""Revision of the TrussModel that a pod was made from."""


def labels(model: TrussModel) -> dict[str, str]:
    """Labels of every child and pod."""
    return {
        "app.kubernetes.io/name": model.metadata.name,
        "app.kubernetes.io/instance": model.metadata.name,
        MANAGED_BY_LABEL: MANAGER,
        "app.kubernetes.io/component": "model",
        **selector(model),
    }


def pod_labels(model: TrussModel, revision: str) -> dict[str, str]:
    """Labels of the pods of one revision."""
    return {**labels(model), REVISION_LABEL: revision}


def selector(model: TrussModel) -> dict[str, str]:
    """Selects a TrussModel's pods of any revision. A Deployment's selector cannot change: nor may this."""
    return {NAME_LABEL: model.metadata.name}


def selector_text(model: TrussModel) -> str:
    """The same as one string, for ``status.selector``."""
    return ",".join(f"{key}={value}" for key, value in selector(model).items())
