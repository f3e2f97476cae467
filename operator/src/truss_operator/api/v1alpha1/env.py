"""Environment variables of the model's container: a pod's, but for the names that are the operator's."""

from typing import Annotated, ClassVar

from pydantic import Field

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.fields import ObjectName, Quantity
from truss_operator.api.v1alpha1.settings import SETTINGS

RESERVED = {
    "TRUSS_MODEL_NAME": "set spec.model instead",
    "TRUSS_ENVIRONMENT": "set spec.environment instead",
    "TRUSS_CONFIG": "set spec.config instead",
    **{variable: f"set spec.{path} instead" for variable, path in SETTINGS.items()},
    "TRUSS_API_KEYS_DIR": "set spec.auth.secretName instead",
    "TRUSS_SECRETS_DIR": "set spec.secrets instead",
    "TRUSS_HOST": "the operator needs it as it is: leave it out",
    "TRUSS_PORT": "the operator needs it as it is: leave it out",
    "TRUSS_ADMIN_PORT": "the operator sets it: leave it out",
    "TRUSS_TERMINATION_LOG": "the operator needs it as it is: leave it out",
}
"""Variables that would undo what the operator relies on, each with what to do instead."""


class KeySelector(ApiType):
    """One key of a ConfigMap or Secret in the same namespace."""

    name: ObjectName
    """Name of the object."""
    key: Annotated[str, Field(min_length=1, max_length=253)]
    """Key in its data."""
    optional: bool | None = None
    """Whether the pod starts without it."""


class ObjectFieldSelector(ApiType):
    """One field of the pod."""

    api_version: str | None = None
    """Version that the path is of, by default v1."""
    field_path: str
    """Path of the field: ``metadata.name``, ``status.podIP``, ..."""


class ResourceFieldSelector(ApiType):
    """One resource of the container."""

    container_name: str | None = None
    """Name of the container, by default this one."""
    resource: str
    """The resource: ``limits.cpu``, ``requests.memory``, ..."""
    divisor: Quantity | None = None
    """Unit of the result, by default 1."""


class EnvVarSource(ApiType):
    """Where a variable's value comes from: exactly one of these."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "[has(self.configMapKeyRef), has(self.secretKeyRef), has(self.fieldRef),"
            " has(self.resourceFieldRef)].filter(given, given).size() == 1",
            "give exactly one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef",
        ),
    )

    config_map_key_ref: KeySelector | None = None
    """A key of a ConfigMap."""
    secret_key_ref: KeySelector | None = None
    """A key of a Secret."""
    field_ref: ObjectFieldSelector | None = None
    """A field of the pod."""
    resource_field_ref: ResourceFieldSelector | None = None
    """A resource of the container."""


class EnvVar(ApiType):
    """One environment variable, as in a pod."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule("!(has(self.value) && has(self.valueFrom))", "give value or valueFrom, not both"),
        Rule(
            f"!(self.name in {sorted(RESERVED)})",
            "a TRUSS_ name that has a field of its own in spec, or that the operator sets, is reserved",
            field_path=".name",
            message_expression=f"self.name + ' is reserved: ' + {RESERVED}[self.name]",
        ),
    )

    name: Annotated[str, Field(min_length=1, max_length=253)]
    """Name of the variable. The TRUSS_ names that have a field of their own in spec are refused."""
    value: str | None = None
    """Value of the variable. ``$(OTHER)`` stands for the value of another one."""
    value_from: EnvVarSource | None = None
    """Where the value comes from instead."""


class EnvSource(ApiType):
    """A ConfigMap or Secret in the same namespace."""

    name: ObjectName
    """Name of the object."""
    optional: bool | None = None
    """Whether the pod starts without it."""


class EnvFromSource(ApiType):
    """An object whose keys all become variables, as in a pod."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.configMapRef) != has(self.secretRef)", "give exactly one of configMapRef and secretRef"
        ),
    )

    prefix: str | None = None
    """Put before each name."""
    config_map_ref: EnvSource | None = None
    """A ConfigMap."""
    secret_ref: EnvSource | None = None
    """A Secret."""
