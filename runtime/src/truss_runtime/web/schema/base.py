"""What all these schemas share."""

from typing import Any

from pydantic import BaseModel, ConfigDict

Object = dict[str, Any]
"""A JSON object that is documented elsewhere."""


class Body(BaseModel):
    """A body with documented fields, and any others beside them. Types are not coerced."""

    model_config = ConfigDict(extra="allow", strict=True, protected_namespaces=())
