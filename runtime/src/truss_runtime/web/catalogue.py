"""GET /v1/models and what is below it: OpenAI's listing of the one model, and Truss's accounts of it.

``/v1/models/{any}/loaded`` and ``/v1/models/{any}/schema`` are Truss's, for any name as there.
"""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from truss_runtime.kinds import PREDICT, Dialect
from truss_runtime.service import Service
from truss_runtime.web.errors import ApiError, model_not_found, model_not_ready


class Catalogue:
    """The endpoints.

    Args:
        service: the model.
        created: when it was started, in seconds since 1970: OpenAI's ``created``.
    """

    def __init__(self, service: Service, created: int) -> None:
        self._service = service
        self._created = created

    async def list(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        """Answers GET /v1/models."""
        return _json({"object": "list", "data": [self._entry()]})

    async def retrieve(self, request: Request) -> Response:
        """Answers GET /v1/models/{id}, /v1/models/{any}/loaded and /v1/models/{any}/schema."""
        asked: str = request.path_params["id"]
        name = self._service.model
        if asked == name:
            return _json(self._entry())
        try:
            if asked.endswith("/loaded"):
                self._must_serve()
                return _json({})
            if asked.endswith("/schema"):
                return _json(self._schema())
        except ApiError as error:
            return error.response(Dialect.PLAIN)
        return model_not_found(name).response(Dialect.OPENAI)

    def _must_serve(self) -> None:
        if not self._service.lifecycle.serving:
            raise model_not_ready()

    def _schema(self) -> dict[str, Any]:
        self._must_serve()
        method = self._service.methods.get(PREDICT.name)
        if method is None or (method.body_model is None and method.result_model is None):
            message = "No schema: annotate the body or the result of `predict` with a pydantic model."
            raise ApiError(404, message, code="schema_not_found")
        return {
            "input_schema": method.body_model and method.body_model.model_json_schema(),
            "output_schema": method.result_model and method.result_model.model_json_schema(),
            "supports_streaming": bool(method.streaming),
        }

    def _entry(self) -> dict[str, Any]:
        return {
            "id": self._service.model,
            "object": "model",
            "created": self._created,
            "owned_by": "trussmodel",
        }


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
