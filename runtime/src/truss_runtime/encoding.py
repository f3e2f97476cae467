"""From what a method returned to bytes: passed through as it is, never rewritten into another shape.

JSON has no NaN and no infinity: they become null, and the first that does is told in the log.
"""

import dataclasses
import logging
import math
import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import orjson

logger = logging.getLogger(__name__)

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
        data = orjson.dumps(value, _default, orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        data = _encode_rare(value)
    if b"null" in data:
        _LOST_NUMBERS.look(value)
    return data


def _encode_rare(value: Any) -> bytes:
    try:
        # Slower, so only where needed: keys that are numbers, dates or enums.
        return orjson.dumps(value, _default, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        if "64-bit" not in str(error):
            raise NotEncodableError(str(error.__cause__ or error)) from error
    try:
        return orjson.dumps(_large_as_text(value), _default, orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        raise NotEncodableError(str(error.__cause__ or error)) from error


def _large_as_text(value: Any) -> Any:
    """Returns the value with integers that take more than 64 bits, which orjson refuses, written out."""
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return orjson.Fragment(str(value))
    if isinstance(value, Mapping):
        return {key: _large_as_text(item) for key, item in value.items()}
    if isinstance(value, list | tuple | AbstractSet):
        return [_large_as_text(item) for item in value]
    if hasattr(value, "model_dump"):
        return _large_as_text(value.model_dump(mode="json"))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _large_as_text({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    return value


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


class _LostNumbers:
    """Looks for numbers that became null, until it has found one: at most once a second, for a walk costs."""

    def __init__(self) -> None:
        self._next_look = 0.0

    def look(self, value: Any) -> None:
        """Walks a value whose JSON holds a null, if it is time to."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + 1
        if _holds_lost_number(value):
            self._next_look = math.inf
            logger.warning(
                "a result holds NaN or an infinity, which JSON cannot: it is sent as null. Told only once."
            )


_LOST_NUMBERS = _LostNumbers()


def _holds_lost_number(value: Any) -> bool:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, float):
            if not math.isfinite(item):
                return True
        elif isinstance(item, Mapping):
            pending.extend(item.values())
        elif isinstance(item, list | tuple | AbstractSet):
            pending.extend(item)
        elif hasattr(item, "tolist"):
            pending.append(item.tolist())
        elif not isinstance(item, str | bytes | type):
            pending.extend(getattr(item, "__dict__", {}).values())
    return False
