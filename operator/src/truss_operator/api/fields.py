"""Kinds of plain values that several of the API's types share: numbers, names, quantities, lists."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from truss_operator.api.apitype import Extension

Int32 = Annotated[int, Extension({"format": "int32"})]
Int64 = Annotated[int, Extension({"format": "int64"})]

Time = Annotated[str, Extension({"format": "date-time"})]
"""A point in time, RFC 3339, in UTC, whole seconds: ``2026-01-31T12:00:00Z``."""

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"

ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=rf"^{_LABEL}(\.{_LABEL})*$")]
"""The name of another object in the same namespace: with no slash in it, nothing leads to another one."""

Opaque = Annotated[dict[str, Any], Extension({"x-kubernetes-preserve-unknown-fields": True})]
"""A part of a pod's own API, taken as it is: the API server checks it when the Deployment is applied."""

ATOMIC = Extension({"x-kubernetes-list-type": "atomic"})
"""A list that one owner sets as a whole."""

SET = Extension({"x-kubernetes-list-type": "set"})
"""A list in which no value stands twice."""


def map_by(key: str) -> Extension:
    """A list whose items have an identity: merged by it, and refused when two have the same."""
    return Extension({"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]})


def _quantity(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Quantity = Annotated[
    str,
    BeforeValidator(_quantity),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": r"^\+?([0-9]+|[0-9]+\.[0-9]*|\.[0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][-+]?[0-9]+)?$",
        }
    ),
]
"""An amount of a resource, as Kubernetes writes it: ``500m``, ``1Gi``, ``2``."""
