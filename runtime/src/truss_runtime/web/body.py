"""The body of a request: read whole, parsed as JSON whatever its content type, validated if a method asks."""

import asyncio
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope

from truss_runtime.kinds import PREDICT, Kind
from truss_runtime.web.errors import ApiError

PREDICT_BYTES = 100 * 2**20
OTHER_BYTES = 16 * 2**20
"""What a body may hold unless a setting says otherwise: predict takes images and arrays, the others text."""

LINGER_SECONDS = 2.0
"""How long the rest of a refused body is thrown away: a client that still sends would miss the answer."""


class ClientLeftError(Exception):
    """The client went away before its request was complete."""


def most_bytes(kind: Kind, asked: int | None) -> int:
    """Returns how many bytes the body of a kind of route may have; ``asked`` is the setting."""
    return asked or (PREDICT_BYTES if kind is PREDICT else OTHER_BYTES)


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Returns the whole body.

    Raises:
        ApiError: 413, it is, or says that it is, longer than the limit.
        ClientLeftError: the client went away first.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise _too_large(limit)
    message = await receive()
    if message["type"] != "http.request":
        raise ClientLeftError
    if not message.get("more_body", False):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeftError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> ApiError:
    message = f"The body is larger than the {limit} bytes that this server takes."
    return ApiError(413, message, code="body_too_large", headers={"Connection": "close"})


async def linger(receive: Receive) -> None:
    """Throws away what still comes of a refused body, for a while: then the client reads its answer."""
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
                pass
    except TimeoutError:
        pass


def replay(body: bytes, receive: Receive) -> Receive:
    """Returns a ``receive`` that gives the body once more, and after it what the connection has to say."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def parse(body: bytes, model: Any) -> Any:
    """Returns the JSON value, or an instance of the pydantic model that the method's annotation names.

    Raises:
        ApiError: 400, with ``param`` naming the field where one is at fault.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}" if body else "it is empty"
        raise ApiError(400, f"The body is not valid JSON: {reason}.", code="invalid_json") from None
    return value if model is None else _validate(value, model)


def _validate(value: Any, model: Any) -> Any:
    from pydantic import ValidationError  # late: only methods annotated with a pydantic model get here

    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        fields = [".".join(str(part) for part in problem["loc"]) for problem in problems]
        message = "; ".join(
            f"{field}: {problem['msg']}" if field else problem["msg"]
            for field, problem in zip(fields, problems, strict=True)
        )
        raise ApiError(400, message, code="invalid_body", param=fields[0] or None) from None
