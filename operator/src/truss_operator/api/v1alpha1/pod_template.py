"""``spec.podTemplate``: whatever of a pod has no field in spec."""

from typing import Annotated, ClassVar

from pydantic import Field

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.fields import Opaque


class PodTemplateMetadata(ApiType):
    """Labels and annotations of the pods."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.labels) || !self.labels.exists(key,"
            " key.startsWith('trussmodel.dev/') || key == 'app.kubernetes.io/managed-by')",
            "labels of trussmodel.dev/ and app.kubernetes.io/managed-by are the operator's: choose others",
            field_path=".labels",
        ),
    )

    labels: Annotated[dict[str, Annotated[str, Field(max_length=63)]], Field(max_length=64)] | None = None
    """Labels beside the operator's own."""
    annotations: Annotated[dict[str, str], Field(max_length=64)] | None = None
    """Annotations, for whoever reads them: a service mesh, a scraper, ..."""


class PodTemplate(ApiType):
    """Merged over the pod template that the operator builds."""

    metadata: PodTemplateMetadata | None = None
    """Labels and annotations of the pods."""
    spec: Opaque | None = None
    """A part of a pod's spec. Objects are merged key by key, and null takes a key away. Lists whose items
    have an identity (containers by name, their mounts by mountPath, ...) are merged by it; the model's
    container is named `model`. Any other list takes the place of the operator's. What the baseline Pod
    Security Standard forbids (hostPath, hostPort, the node's namespaces, privileged containers, ...) and any
    added capability is refused."""
