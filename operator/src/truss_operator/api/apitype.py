"""What the API's types have in common: camelCase in JSON, unknown fields ignored, rules beside the fields.

The types are the one source of the CustomResourceDefinition (:mod:`truss_operator.api.crd`), of `kubectl
explain` and of the API reference: an attribute's docstring is its description there.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

_INITIALISMS = {"url": "URL", "api": "API"}


def camel(name: str) -> str:
    """The JSON name of an attribute, by the API conventions: ``openai_base_url`` → ``openaiBaseURL``."""
    first, *rest = name.split("_")
    return first + "".join(_INITIALISMS.get(word, word.capitalize()) for word in rest)


@dataclass(frozen=True, slots=True, eq=False)
class Extension:
    """Keys for the schema of a field, as metadata in ``Annotated``: ``x-kubernetes-*``, ``format``, ..."""

    keys: dict[str, Any]

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), **self.keys}


@dataclass(frozen=True, slots=True)
class Rule:
    """A CEL rule (``x-kubernetes-validations``) that the API server holds a value to, for ``Annotated``.

    Raises nothing here: an operator believes what the API server admitted.
    """

    rule: str
    message: str
    """What a user reads: what is wrong and what to do."""
    field_path: str | None = None
    """The field to name in the error where that is not the one that the rule stands on."""
    message_expression: str | None = None
    """CEL for the message, where it depends on the value."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.added_to(handler(core))

    def added_to(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema with this rule after those that it has."""
        entry = {"rule": self.rule, "message": self.message}
        if self.field_path is not None:
            entry["fieldPath"] = self.field_path
        if self.message_expression is not None:
            entry["messageExpression"] = self.message_expression
        return {**schema, "x-kubernetes-validations": [*schema.get("x-kubernetes-validations", []), entry]}


class ApiType(BaseModel):
    """Base of the API's types: immutable values, read leniently and written as the API conventions want."""

    model_config = ConfigDict(
        alias_generator=camel,
        validate_by_alias=True,
        validate_by_name=True,
        serialize_by_alias=True,
        extra="ignore",
        frozen=True,
        use_attribute_docstrings=True,
    )
    rules: ClassVar[tuple[Rule, ...]] = ()
    """CEL rules over the whole object."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler.resolve_ref_schema(handler(core))
        for rule in cls.rules:
            schema.update(rule.added_to(schema))
        return schema

    def as_json(self) -> dict[str, Any]:
        """The value as it stands in JSON, without what is unset."""
        return self.model_dump(mode="json", exclude_none=True)
