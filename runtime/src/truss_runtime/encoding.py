"""From what a method returned to bytes: passed through as it is, never rewritten into another shape."""

from collections.abc import Set as AbstractSet
from typing import Any

import orjson

JSON = b"application/json"
BYTES = b"application/octet-stream"


class NotEncodableError(Exception):
    """A method returned what JSON cannot hold; the message names the type."""


def encode(value: Any) -> tuple[bytes, bytes]:
    """Returns the body and its content type for a whole result.

    Raises:
        NotEncodableError: it is, or holds, something that is neither JSON nor bytes.
    """
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value), BYTES
    return encode_json(value), JSON


def encode_json(value: Any) -> bytes:
    """Returns the value as JSON; NaN and infinities become null.

    Dataclasses, pydantic models, NumPy scalars and arrays are taken as well.

    Raises:
        NotEncodableError: it is, or holds, something that JSON cannot hold.
    """
    try:
        return orjson.dumps(value, _default, orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        pass
    try:
        # Slower, so only where needed: keys that are numbers, dates or enums.
        return orjson.dumps(value, _default, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        raise NotEncodableError(str(error.__cause__ or error)) from error


def _default(value: Any) -> Any:
    """What orjson does not know. By their methods, so that neither pydantic nor NumPy is imported for it."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    to_list = getattr(value, "tolist", None)
    if to_list is not None:
        return to_list()
    if isinstance(value, AbstractSet):
        return list(value)
    raise TypeError(f"a {type(value).__qualname__} cannot be sent as JSON")
