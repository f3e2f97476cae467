"""What is checked of a body only where a setting asks for it: the documented fields, the model's name.

``--validate`` holds a body against the schema of its route; the method still gets it as it came.
``--strict-model-name`` refuses the name of another model. Without either, no request comes here.
"""

from collections.abc import Mapping
from typing import Any

from truss_runtime.kinds import PREDICT, Kind
from truss_runtime.service import Service
from truss_runtime.web.body import Check, validated
from truss_runtime.web.errors import model_not_found
from truss_runtime.web.schema import schema_of


def check_for(kind: Kind, service: Service, *, validate: bool, strict_model_name: bool) -> Check | None:
    """Returns the check of a kind of route; None where there is nothing to check."""
    schema = schema_of(kind) if validate else None
    strict = strict_model_name and kind is not PREDICT
    if schema is None and not strict:
        return None

    def check(value: Any) -> None:
        if schema is not None:
            validated(value, schema.Request)
        if strict and isinstance(value, Mapping) and value.get("model") not in (None, service.model):
            raise model_not_found(service.model)

    return check
