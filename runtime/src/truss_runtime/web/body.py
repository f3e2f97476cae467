"""The body of a request: read whole, parsed as JSON whatever its content type, validated if a method asks."""

from typing import Any

import orjson
from starlette.types import Message, Receive

from truss_runtime.web.errors import ApiError


class ClientLeftError(Exception):
    """The client went away before its request was complete."""


async def read_body(receive: Receive) -> bytes:
    """Returns the whole body.

    Raises:
        ClientLeftError: the client went away first.
    """
    message = await receive()
    if message["type"] != "http.request":
        raise ClientLeftError
    if not message.get("more_body", False):
        return bytes(message.get("body", b""))
    parts = [message.get("body", b"")]
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeftError
        parts.append(message.get("body", b""))
    return b"".join(parts)


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
