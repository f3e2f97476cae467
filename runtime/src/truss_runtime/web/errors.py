"""Every error that a client can get, in the shape of the route that it asked for.

OpenAI's shape on /v1: ``{"error": {"message", "type", "param", "code"}}``; Anthropic's on /v1/messages:
``{"type": "error", "error": {"type", "message"}}``; elsewhere ``{"error": "message"}`` as on Truss. The table
of causes is in docs/reference/http-surface.md. Messages never hold a part of a body, nor what user code
raised.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Send

from truss_runtime.kinds import Dialect

_OPENAI_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_ANTHROPIC_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""https://docs.claude.com/en/api/errors"""

_EVENT_FIELDS = ("code", "message", "param")


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

    def body(self, dialect: Dialect) -> dict[str, Any]:
        """Returns the JSON object of the answer."""
        if dialect is Dialect.PLAIN:
            return {"error": self.message if self.detail is None else self.detail}
        if dialect is Dialect.ANTHROPIC:
            fallback = "api_error" if self.status >= 500 else "invalid_request_error"
            kind = _ANTHROPIC_TYPES.get(self.status, fallback)
            return {"type": "error", "error": self._detailed({"type": kind, "message": self.message})}
        fallback = "server_error" if self.status >= 500 else "invalid_request_error"
        kind = _OPENAI_TYPES.get(self.status, fallback)
        return {
            "error": self._detailed(
                {"message": self.message, "type": kind, "param": self.param, "code": self.code}
            )
        }

    def _detailed(self, error: dict[str, Any]) -> dict[str, Any]:
        """Lays what user code gave as detail over the error."""
        if isinstance(self.detail, Mapping):
            own = self.detail.get("error", self.detail)
            error.update(own if isinstance(own, Mapping) else {"detail": own})
        elif self.detail is not None:
            error["detail"] = self.detail
        return error

    def encoded(self, dialect: Dialect) -> bytes:
        """Returns the JSON to send, without what JSON cannot hold in a detail."""
        return _json(self.body(dialect))

    def as_event(self, dialect: Dialect) -> bytes:
        """Returns the JSON of the event that ends a stream which has begun.

        An event of OpenAI's Responses has its fields on top; ``error`` beside them is what makes its clients
        raise.
        """
        body = self.body(dialect)
        if dialect is Dialect.RESPONSES:
            body = {"type": "error", **{name: body["error"].get(name) for name in _EVENT_FIELDS}, **body}
        return _json(body)

    def response(self, dialect: Dialect) -> Response:
        """Returns the whole answer."""
        return Response(
            self.encoded(dialect), self.status, headers=dict(self.headers), media_type="application/json"
        )

    async def send(self, send: Send, dialect: Dialect, *, more: bool = False) -> None:
        """Sends the whole answer; with ``more``, it is left open for the caller to end."""
        data = self.encoded(dialect)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
        headers += [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": data, "more_body": more})


def _json(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, default=str, option=orjson.OPT_NON_STR_KEYS)


def user_code_failed(method: str, error: BaseException, request_id: str) -> ApiError:
    """The answer to a request whose method raised: the type and where to find the rest, no internals."""
    return ApiError(
        500,
        f"The model's {method} raised {type(error).__name__}. The log has it under request id {request_id}.",
        code="model_error",
    )


def server_failed() -> ApiError:
    """The answer to a request on which the runtime's own code raised."""
    return ApiError(500, "The server failed. Its log has more.", code="internal_error")


RETRY_SECONDS = "1"


def model_not_ready() -> ApiError:
    """The answer while the model is loaded."""
    message = "The model is still loading."
    return ApiError(503, message, code="model_not_ready", headers={"Retry-After": RETRY_SECONDS})


def queue_full() -> ApiError:
    """The answer when as many requests wait as may."""
    message = "Too many requests are waiting for this model. Try again."
    return ApiError(429, message, code="queue_full", headers={"Retry-After": RETRY_SECONDS})


def model_not_found(name: str) -> ApiError:
    """The answer to a request for another model than the one there is."""
    message = f"There is no such model here. There is `{name}`."
    return ApiError(404, message, code="model_not_found", param="model")
