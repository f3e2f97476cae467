"""The TrussModel object as a whole: what the API server stores and the operator reconciles."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationError, ValidatorFunctionWrapHandler, field_validator

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.v1alpha1.spec import TrussModelSpec
from truss_operator.api.v1alpha1.status import TrussModelStatus

GROUP = "trussmodel.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
KIND = "TrussModel"
PLURAL = "trussmodels"


class ObjectMeta(ApiType):
    """What the operator reads of an object's metadata."""

    name: str
    """Name of the object, and of its children."""
    namespace: str
    """Namespace of the object."""
    uid: str = ""
    """Identity of the object, also across deletion and creation under the same name."""
    generation: int = 0
    """Counts the changes of spec."""


class TrussModel(ApiType):
    """A model that is served: an image with a Truss-style Model class, where it runs, and what it answers."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "self.metadata.name.matches('^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$')",
            "the Service of the same name wants a name of at most 63 characters of a-z, 0-9 and '-' that"
            " begins with a letter and does not end with '-': choose such a name",
            field_path=".metadata.name",
        ),
        Rule(
            "(has(self.spec.model) ? self.spec.model : self.metadata.name)"
            " == (has(oldSelf.spec.model) ? oldSelf.spec.model : oldSelf.metadata.name)",
            "the model's name, by default the object's, never changes: create another TrussModel for another",
            field_path=".spec.model",
        ),
    )

    metadata: ObjectMeta
    """Standard object metadata. The name is also that of the Deployment and the Service, so it must be a DNS
    label that begins with a letter."""
    spec: TrussModelSpec
    """What is asked for."""
    status: Annotated[TrussModelStatus, Field(default_factory=TrussModelStatus)]
    """What is so. Written by the operator alone."""

    @field_validator("status", mode="wrap")
    @classmethod
    def _lost_when_unreadable(cls, value: Any, parse: ValidatorFunctionWrapHandler) -> TrussModelStatus:
        """A status of another shape (restored, another version's) counts as lost and is written anew."""
        try:
            status: TrussModelStatus = parse(value)
        except ValidationError:
            return TrussModelStatus()
        return status

    @property
    def served_name(self) -> str:
        """The model's name on the OpenAI routes: ``spec.model``, by default that of the object."""
        return self.spec.model or self.metadata.name
