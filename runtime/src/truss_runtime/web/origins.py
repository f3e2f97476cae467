"""CORS: which web pages may call the server from a browser. Starlette's own layer."""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

EXPOSED_HEADERS = ("X-Request-Id", "Retry-After")
"""What scripts may read of an answer beside the few headers that they always may."""


def allow(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """Returns the application with CORS for the origins; ``*`` stands for any.

    It lies before the API keys: browsers ask without them first.
    """
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        expose_headers=EXPOSED_HEADERS,
    )
