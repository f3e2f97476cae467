"""API keys: who does not bring one of them gets 401 in the shape of the route.

The keys are the files of a folder, such as a mounted Secret: any of them will do, and a changed file counts
within a second. They are compared by their digests, all of them, in a time that tells nothing of them; they
are never logged.
"""

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from truss_runtime.exchange import exchange_of
from truss_runtime.kinds import dialect_of
from truss_runtime.web.environments import inner_path
from truss_runtime.web.errors import ApiError
from truss_runtime.web.websocket import refuse

REREAD_SECONDS = 1.0

OPEN_PATHS = ("/livez", "/readyz")
"""What probes ask, which bring no key."""


class KeyFolder:
    """The keys in a folder, read anew when they are asked for and a second has passed.

    Args:
        folder: one key a file. Names that begin with a dot are Kubernetes's own and left out.
        clock: the monotonic clock, in seconds.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._clock = clock
        self._digests = self._read()
        self._read_at = clock()

    def accepts(self, key: bytes) -> bool:
        """Whether it is one of the keys. Without any file, none is."""
        now = self._clock()
        if now - self._read_at >= REREAD_SECONDS:
            self._digests = self._read()
            self._read_at = now
        given = hashlib.sha256(key).digest()
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(digest, given)
        return found

    def _read(self) -> list[bytes]:
        digests = []
        try:
            files = [file for file in self._folder.iterdir() if not file.name.startswith(".")]
        except OSError:
            return []
        for file in files:
            try:
                key = file.read_bytes().strip()
            except OSError:  # gone meanwhile, or a folder
                continue
            if key:
                digests.append(hashlib.sha256(key).digest())
        return digests


class KeyCheck:
    """Lets requests with a key through to the application.

    Args:
        app: answers them.
        keys: the keys.
    """

    def __init__(self, app: ASGIApp, keys: KeyFolder) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers 401."""
        if scope["path"] in OPEN_PATHS or self._keys.accepts(key_of(scope)):
            await self._app(scope, receive, send)
            return
        message = "The API key is missing or wrong. Send it as `Authorization: Bearer KEY`."
        error = ApiError(401, message, code="invalid_api_key", headers={"WWW-Authenticate": "Bearer"})
        exchange_of(scope).code = error.code
        if scope["type"] == "http":
            await error.send(send, dialect_of(inner_path(scope)))
        else:
            await refuse(error, send)


def key_of(scope: Scope) -> bytes:
    """Returns the key of a request, empty if it has none.

    ``Authorization: Bearer`` or ``Api-Key``, as OpenAI's and Baseten's clients send it; ``X-Api-Key``, as
    Anthropic's do.
    """
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = bytes(value).partition(b" ")
            if scheme.lower() in (b"bearer", b"api-key"):
                return key.strip()
        elif name == b"x-api-key":
            return bytes(value).strip()
    return b""
