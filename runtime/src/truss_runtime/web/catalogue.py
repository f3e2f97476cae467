"""GET /v1/models and /v1/models/{id}: OpenAI's listing, of the one model there is."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from truss_runtime.kinds import Dialect
from truss_runtime.service import Service
from truss_runtime.web.errors import ApiError


class Catalogue:
    """The two endpoints.

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
        """Answers GET /v1/models/{id}."""
        name = self._service.model
        if request.path_params["id"] == name:
            return _json(self._entry())
        error = ApiError(
            404, f"There is no such model here. There is `{name}`.", code="model_not_found", param="model"
        )
        return _json(error.body(Dialect.OPENAI), error.status)

    def _entry(self) -> dict[str, Any]:
        return {
            "id": self._service.model,
            "object": "model",
            "created": self._created,
            "owned_by": "trussmodel",
        }


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
