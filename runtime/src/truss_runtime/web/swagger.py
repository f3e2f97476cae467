"""GET /docs: Swagger UI with its scripts, as a cluster has no way to the CDN that others load them from.

The scripts are those that the package ``fastapi-offline`` brings. It is not imported: only its files count.
"""

import asyncio
from importlib.util import find_spec
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from truss_runtime.service import Service

ASSETS = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png")
"""What the page loads, from below its own path."""


class Swagger:
    """The two endpoints: the page, and what it loads.

    Args:
        service: the model.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    async def page(self, request: Request) -> Response:  # noqa: ARG002 - the signature of an endpoint
        """Answers GET /docs. On a thread, as FastAPI is imported then, unless the model has done so."""
        return await asyncio.to_thread(self._page)

    async def asset(self, request: Request) -> Response:
        """Answers GET /docs/{name}.

        Raises:
            HTTPException: 404, the page loads no such file.
        """
        name = request.path_params["name"]
        spec = find_spec("fastapi_offline")
        if name not in ASSETS or spec is None or spec.origin is None:
            raise HTTPException(404)
        return FileResponse(Path(spec.origin).parent / "static" / name)

    def _page(self) -> Response:
        from fastapi.openapi.docs import get_swagger_ui_html  # late: see page

        script, style, icon = (f"docs/{name}" for name in ASSETS)
        return get_swagger_ui_html(
            openapi_url="openapi.json",
            title=self._service.model,
            swagger_js_url=script,
            swagger_css_url=style,
            swagger_favicon_url=icon,
        )
