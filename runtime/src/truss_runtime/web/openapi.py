"""The OpenAPI document of one model: the routes that it serves, with the bodies that they take and give.

Where a method is annotated with a pydantic model, that is the schema; on the OpenAI-style routes it is what
their API documents otherwise; on /predict, anything. Pure: from the described methods to one JSON object.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic.json_schema import models_json_schema

from truss_runtime import __version__
from truss_runtime.kinds import PREDICT, WEBSOCKET, Dialect, dialect_of
from truss_runtime.model.methods import Method
from truss_runtime.web.keys import OPEN_PATHS
from truss_runtime.web.schema import schema_of

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]

REF = "#/components/schemas/{model}"

CAUSES = {
    400: "The body is not JSON, or does not have the fields that it must have.",
    401: "The API key is missing or wrong.",
    404: "There is no such route or model here.",
    413: "The body is too large.",
    429: "Too many requests wait already.",
    500: "The model failed.",
    503: "The model is still loading, or the server is shutting down.",
    504: "The model took too long.",
}

_OPENAI_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
_ANTHROPIC_ERROR: Json = {
    "type": "object",
    "required": ["type", "error"],
    "properties": {
        "type": {"const": "error"},
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
_PLAIN_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"description": "What is wrong; the detail of an HTTPException as it is."}},
}
_ERRORS = {
    Dialect.PLAIN: ("Error", _PLAIN_ERROR),
    Dialect.OPENAI: ("OpenAIError", _OPENAI_ERROR),
    Dialect.RESPONSES: ("OpenAIError", _OPENAI_ERROR),
    Dialect.ANTHROPIC: ("AnthropicError", _ANTHROPIC_ERROR),
}
_MODEL: Json = {
    "type": "object",
    "required": ["id", "object", "created", "owned_by"],
    "properties": {
        "id": {"type": "string"},
        "object": {"const": "model"},
        "created": {"type": "integer"},
        "owned_by": {"type": "string"},
    },
}
_MODELS: Json = {
    "type": "object",
    "required": ["object", "data"],
    "properties": {
        "object": {"const": "list"},
        "data": {"type": "array", "items": {"$ref": REF.format(model="Model")}},
    },
}
_STATE: Json = {"type": "object", "required": ["state"], "properties": {"state": {"type": "string"}}}
_ROUTES: Json = {
    "type": "object",
    "required": ["model", "environment", "runtimeVersion", "state", "routes", "failure"],
    "properties": {
        "model": {"type": "string"},
        "environment": {"type": "string"},
        "runtimeVersion": {"type": "string"},
        "state": {"type": "string"},
        "routes": {"type": "array", "items": {"type": "object"}},
        "failure": {"type": ["object", "null"]},
    },
}


_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "As OpenAI's clients send it."},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "As Anthropic's do."},
}


def openapi_of(model: str, methods: Iterable[Method], *, keyed: bool = False) -> Json:
    """Returns the document.

    Args:
        model: the name that clients see.
        methods: what it serves. A WebSocket is left out: OpenAPI has no words for it.
        keyed: whether requests need an API key.
    """
    served = [method for method in methods if method.kind is not WEBSOCKET]
    components = _Components()
    paths = {method.kind.path: {"post": _operation(method, components)} for method in served}
    document: Json = {
        "openapi": "3.1.0",
        "info": {"title": model, "version": __version__},
        "paths": {**paths, **_own_paths(components)},
        "components": {"schemas": components.schemas},
    }
    return _keyed(document, components) if keyed else document


def _keyed(document: Json, components: "_Components") -> Json:
    """Adds what a request must bring, and what it is told without; probes need no key."""
    document["components"]["securitySchemes"] = _SCHEMES
    document["security"] = [{name: []} for name in _SCHEMES]
    for path, operations in document["paths"].items():
        for operation in (operations.get("post"), operations.get("get")):
            if operation is None:
                continue
            if path in OPEN_PATHS:
                operation["security"] = []
            else:
                name, schema = _ERRORS[dialect_of(path)]
                operation["responses"]["401"] = _answer(CAUSES[401], components.named(name, schema))
    return document


class _Components:
    """The named schemas of the document, gathered while it is built."""

    def __init__(self) -> None:
        self.schemas: dict[str, Json] = {}

    def named(self, name: str, schema: Json) -> Json:
        """Adds a schema and returns the reference to it."""
        self.schemas[name] = schema
        return {"$ref": REF.format(model=name)}

    def of(self, model: Any, mode: Mode) -> Json:
        """Returns the reference to a pydantic model; anything is allowed where it has no schema."""
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return {}
        try:
            references, definitions = models_json_schema([(model, mode)], ref_template=REF)
        except PydanticUserError:
            return {}
        for name, schema in definitions.get("$defs", {}).items():
            if self.schemas.setdefault(name, schema) != schema:
                return model.model_json_schema(mode=mode)  # another of that name is there already
        return references[model, mode]


def _operation(method: Method, components: _Components) -> Json:
    kind = method.kind
    schema = schema_of(kind)
    request = components.of(method.body_model or (schema and schema.Request), "validation")
    response = components.of(method.result_model or (schema and schema.Response), "serialization")
    name, error_schema = _ERRORS[kind.dialect]
    error = components.named(name, error_schema)
    return {
        "operationId": kind.name,
        "summary": f"Calls the model's {kind.name}.",
        "requestBody": {"required": True, "content": _json(request)},
        "responses": {
            "200": {"description": "What the method returned.", "content": _results(method, response)},
            **{str(status): _answer(cause, error) for status, cause in CAUSES.items() if status != 401},
        },
    }


def _results(method: Method, response: Json) -> Json:
    media = "application/octet-stream" if method.kind is PREDICT else "text/event-stream"
    # Of an event, tools read a schema as that of its fields; what its data holds, OpenAPI 3.1 cannot say.
    stream: Json = {media: {"schema": {"type": "string"}}, "text/event-stream": {}}
    return stream if method.streaming else {**_json(response), **stream}


def _own_paths(components: _Components) -> Json:
    model = components.named("Model", _MODEL)
    models = components.named("ModelList", _MODELS)
    missing = _answer(CAUSES[404], components.named("OpenAIError", _OPENAI_ERROR))
    state = components.named("State", _STATE)
    probe = {"200": _answer("Yes.", state), "503": _answer("No.", state)}
    routes = components.named("Routes", _ROUTES)
    parameter = {
        "name": "model",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
    return {
        "/v1/models": {"get": _get("listModels", "The one model there is.", {"200": _answer("It.", models)})},
        "/v1/models/{model}": {
            "parameters": [parameter],
            "get": _get("retrieveModel", "That model.", {"200": _answer("It.", model), "404": missing}),
        },
        "/livez": {"get": _get("livez", "Whether the process should go on.", probe)},
        "/readyz": {"get": _get("readyz", "Whether requests should be sent here.", probe)},
        "/routes": {"get": _get("routes", "What is served.", {"200": _answer("That.", routes)})},
    }


def _get(name: str, summary: str, responses: Mapping[str, Json]) -> Json:
    return {"operationId": name, "summary": summary, "responses": dict(responses)}


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": _json(schema)}


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}
