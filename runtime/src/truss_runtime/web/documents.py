"""GET /openapi.json and /docs: what this model serves, for client generators and for people.

Made when it is asked for, so that no model pays for it at its start.
"""

import orjson
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response

from truss_runtime.service import Service


class Documents:
    """The two endpoints.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def openapi(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        """Answers GET /openapi.json."""
        from truss_runtime.web.openapi import openapi_of  # late: it and the schemas are for this alone

        document = openapi_of(self._service.model, self._service.methods.values())
        return Response(orjson.dumps(document), media_type="application/json")

    async def page(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        """Answers GET /docs: Swagger UI, which the browser loads from where FastAPI's page has it."""
        return get_swagger_ui_html(openapi_url="openapi.json", title=self._service.model)
