"""The bodies of the OpenAI-style routes as their APIs document them, one module a kind of route.

For GET /openapi.json and for ``--validate``; no request imports them otherwise. Each module, named as its
kind, has ``Request`` and ``Response``. Unknown fields are allowed in both, for the APIs grow; only documented
fields have types.
"""

import importlib
from typing import Any, Protocol

from truss_runtime.kinds import PREDICT, Kind


class KindSchema(Protocol):
    """What the module of a kind holds."""

    Request: type[Any]
    Response: type[Any]


def schema_of(kind: Kind) -> KindSchema | None:
    """Returns the module of a kind; None for predict, whose bodies are the model's own affair."""
    return None if kind is PREDICT else importlib.import_module(f"{__name__}.{kind.name}")
