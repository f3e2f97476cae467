"""From a type's JSON schema, as pydantic writes it, to the structural schema that the API server wants.

The rules are those of Kubernetes' structural schemas: no references, one type a value, ``properties`` or
``additionalProperties`` but not both; an optional field is one that may be absent, not one that may be null.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_NULL = {"type": "null"}


def structural_schema(api_type: type[BaseModel]) -> dict[str, Any]:
    """The structural schema of an API type."""
    schema = api_type.model_json_schema(by_alias=True, mode="validation")
    return _structural(schema, schema.get("$defs", {}))


def _structural(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    merged = _flattened(schema, definitions)
    if "const" in merged:
        merged["enum"] = [merged.pop("const")]
    for name in ("title", "$defs"):
        merged.pop(name, None)
    if merged.get("default", ...) is None:
        del merged["default"]
    if "description" in merged:
        merged["description"] = _prose(merged["description"])
    if "properties" in merged:
        properties = merged["properties"].items()
        merged["properties"] = {name: _structural(value, definitions) for name, value in properties}
        merged.pop("additionalProperties", None)
    elif isinstance(merged.get("additionalProperties"), Mapping):
        merged["additionalProperties"] = _structural(merged["additionalProperties"], definitions)
    else:
        merged.pop("additionalProperties", None)
    if "items" in merged:
        merged["items"] = _structural(merged["items"], definitions)
    return dict(sorted(merged.items(), key=lambda entry: (_order(entry[0]), entry[0])))


def _flattened(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to in place of the reference; what stands beside that wins."""
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "anyOf", "allOf")}
    inner: dict[str, Any] = {}
    if "$ref" in schema:
        inner = _flattened(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    elif "anyOf" in schema:
        choices = [choice for choice in schema["anyOf"] if choice != _NULL]
        if len(choices) > 1:
            return dict(schema)
        inner = _flattened(choices[0], definitions)
    rules = [*inner.get("x-kubernetes-validations", []), *beside.get("x-kubernetes-validations", [])]
    return {**inner, **beside, **({"x-kubernetes-validations": rules} if rules else {})}


def _order(key: str) -> int:
    """Description and type first, the fields last, so that the file reads as the type does."""
    return {"description": 0, "type": 1, "required": 3, "properties": 4, "items": 4}.get(key, 2)


def _prose(docstring: str) -> str:
    """The docstring on one line, with code marked as in Markdown, for `kubectl explain` and the reference."""
    return " ".join(docstring.replace("``", "`").split())
