"""Names of the children: who has which, so that a child is found by name alone."""

from truss_operator.api.v1alpha1 import TrussModel


def deployment_name(model: TrussModel) -> str:
    """The Deployment is named as its TrussModel."""
    return model.metadata.name


def service_name(model: TrussModel) -> str:
    """The Service is named as its TrussModel: the name is part of the URL."""
    return model.metadata.name


def budget_name(model: TrussModel) -> str:
    """The PodDisruptionBudget is named as its TrussModel."""
    return model.metadata.name


def revision_name(model: TrussModel, revision: str) -> str:
    """A ControllerRevision is named by the revision that it keeps."""
    return f"{model.metadata.name}-{revision}"


def config_map_name(model: TrussModel, content_hash: str) -> str:
    """A ConfigMap is named by its content too, for it never changes: another content is another object."""
    return f"{model.metadata.name}-config-{content_hash}"
