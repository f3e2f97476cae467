"""Every error that a client can get, in the shape of the route that it asked for.

OpenAI's shape on /v1: ``{"error": {"message", "type", "param", "code"}}``; elsewhere ``{"error": "message"}``
as on Truss. The table of causes is in docs/reference/http-surface.md. Messages never hold a part of a body,
nor what user code raised.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.types import Send

_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class ApiError(Exception):
    """An answer other than success.

    Args:
        status: the HTTP status.
        message: what is wrong and what to do, a sentence or two.
        code: OpenAI's ``code``, a word for programs.
        param: OpenAI's ``param``: the field of the body that is wrong.
        headers: further headers of the answer.
        detail: what user code gave as the detail of an HTTPException, passed on as it is.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
        detail: Any = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.headers = headers or {}
        self.detail = detail

    @classmethod
    def of(cls, error: HTTPException) -> "ApiError":
        """Takes over an HTTPException of the framework or of user code: status, detail and headers."""
        detail: Any = error.detail  # FastAPI's HTTPException takes any JSON for it
        if isinstance(detail, str):
            return cls(error.status_code, detail, headers=error.headers)
        known = {status.value: status.phrase for status in HTTPStatus}
        phrase = known.get(error.status_code, "Error")
        return cls(error.status_code, phrase, headers=error.headers, detail=detail)

    def body(self, *, openai: bool) -> dict[str, Any]:
        """Returns the JSON object to send."""
        if not openai:
            return {"error": self.message if self.detail is None else self.detail}
        fallback = "server_error" if self.status >= 500 else "invalid_request_error"
        error: dict[str, Any] = {
            "message": self.message,
            "type": _OPENAI_TYPES.get(self.status, fallback),
            "param": self.param,
            "code": self.code,
        }
        if isinstance(self.detail, Mapping):
            own = self.detail.get("error", self.detail)
            error.update(own if isinstance(own, Mapping) else {"detail": own})
        elif self.detail is not None:
            error["detail"] = self.detail
        return {"error": error}

    def encoded(self, *, openai: bool) -> bytes:
        """Returns the JSON to send, without what JSON cannot hold in a detail."""
        return orjson.dumps(self.body(openai=openai), default=str, option=orjson.OPT_NON_STR_KEYS)

    async def send(self, send: Send, *, openai: bool) -> None:
        """Sends the whole answer."""
        data = self.encoded(openai=openai)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
        headers += [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": data})


def user_code_failed(method: str, error: BaseException, request_id: str) -> ApiError:
    """The answer to a request whose method raised: the type and where to find the rest, no internals."""
    return ApiError(
        500,
        f"The model's {method} raised {type(error).__name__}. The log has it under request id {request_id}.",
        code="model_error",
    )
