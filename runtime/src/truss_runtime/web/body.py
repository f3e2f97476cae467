"""The body of a request: read whole, parsed as JSON or msgpack, validated if a method asks for that."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope

from truss_runtime.encoding import BYTES
from truss_runtime.exchange import exchange_of
from truss_runtime.kinds import PREDICT, Kind
from truss_runtime.packing import NotMsgpackError, unpack
from truss_runtime.web.errors import ApiError

Check = Callable[[Any], None]
"""Looks at a parsed body and raises an ApiError if it is refused."""

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


def parse(body: bytes, scope: Scope, model: Any, check: Check | None = None) -> Any:
    """Returns the value of the body, or an instance of the pydantic model that the method's annotation names.

    Args:
        body: JSON whatever the content type says; or msgpack, if that is ``application/octet-stream``.
        scope: the request's, whose exchange is marked if it is msgpack.
        model: a pydantic model, or None.
        check: looks at the value before the model does.

    Raises:
        ApiError: 400, with ``param`` naming the field where one is at fault; or whatever ``check`` raises.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not _says_msgpack(scope):
            reason = f"{error.msg} at line {error.lineno}, column {error.colno}" if body else "it is empty"
            raise ApiError(400, f"The body is not valid JSON: {reason}.", code="invalid_json") from None
        value = _unpack(body, scope)
    else:
        # The one msgpack that is JSON as well is a number of one byte: no other has to be looked at.
        if len(body) == 1 and _says_msgpack(scope):
            value = _unpack(body, scope)
    if check is not None:
        check(value)
    return value if model is None else validated(value, model)


def is_msgpack(body: bytes, scope: Scope) -> bool:
    """Whether a body that its method reads for itself is msgpack, and says so: then the answer is, too."""
    if not _says_msgpack(scope):
        return False
    try:
        parse(body, scope, None)
    except ApiError:  # bytes of another kind, such as a picture
        return False
    return exchange_of(scope).packed


def _says_msgpack(scope: Scope) -> bool:
    types = [value for name, value in scope["headers"] if name == b"content-type"]
    return bool(types) and types[0].split(b";")[0].strip().lower() == BYTES


def _unpack(body: bytes, scope: Scope) -> Any:
    exchange_of(scope).packed = True
    try:
        return unpack(body)
    except NotMsgpackError as error:
        message = f"The body is not valid msgpack, which its content type announces: {error}."
        raise ApiError(400, message, code="invalid_msgpack") from None


def validated(value: Any, model: Any) -> Any:
    """Returns an instance of a pydantic model.

    Raises:
        ApiError: 400, the value does not fit; ``param`` names the first field at fault.
    """
    from pydantic import ValidationError  # late: only where there is such a model

    try:
        return model.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
    fields = [_field(problem["loc"], value) for problem in problems]
    told = dict.fromkeys(
        f"{field}: {problem['msg']}" if field else problem["msg"]
        for field, problem in zip(fields, problems, strict=True)
    )
    raise ApiError(400, "; ".join(told), code="invalid_body", param=fields[0] or None)


def _field(place: tuple[int | str, ...], value: Any) -> str:
    """Returns the path of a field, without the members of unions that pydantic names in between."""
    path = []
    for position, part in enumerate(place):
        last = position == len(place) - 1
        if isinstance(value, Mapping) and (part in value or last):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        path.append(str(part))
    return ".".join(path)
