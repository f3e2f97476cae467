"""GET /openapi.json: what this model serves, for client generators and for the page of /docs.

Made when it is asked for, so that no model pays for it at its start: pydantic is imported then, unless the
model has done so. That takes a good part of a second, so it happens on a thread, beside the requests and
probes of the event loop.
"""

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

from truss_runtime.service import Service


class Documents:
    """The endpoint.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def openapi(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        """Answers GET /openapi.json."""
        return Response(await asyncio.to_thread(self._document), media_type="application/json")

    def _document(self) -> bytes:
        from truss_runtime.web.openapi import openapi_of  # late: it and the schemas are for this alone

        service = self._service
        return orjson.dumps(openapi_of(service.model, service.methods.values(), keyed=service.keyed))
