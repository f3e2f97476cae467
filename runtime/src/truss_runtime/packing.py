"""msgpack bodies and answers, with NumPy arrays and the types that Truss packs beside JSON's.

The same bytes as Truss makes and reads: ``msgpack`` with ``msgpack-numpy``'s form of arrays, and a mark for
dates, times, decimals and UUIDs. Arrays of Python objects are refused: they would be pickles, which run code.
msgpack and NumPy are imported by the first body that needs them.
"""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

from truss_runtime.encoding import NotEncodableError


class NotMsgpackError(Exception):
    """The bytes are not msgpack, or hold what is refused; the message says which."""


def pack(value: Any) -> bytes:
    """Returns the value as msgpack.

    Raises:
        NotEncodableError: it is, or holds, something that msgpack cannot hold.
    """
    import msgpack  # type: ignore[import-untyped]  # it has no types

    try:
        packed: bytes = msgpack.packb(value, default=_to_msgpack)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotEncodableError(str(error)) from error
    return packed


def unpack(data: bytes) -> Any:
    """Returns the value in the bytes.

    Raises:
        NotMsgpackError: they hold no value, more than one, or one that is refused.
    """
    import msgpack

    try:
        return msgpack.unpackb(data, object_hook=_from_msgpack)
    except msgpack.ExtraData as error:
        raise NotMsgpackError("more follows the first value") from error
    except (ValueError, msgpack.UnpackException) as error:
        raise NotMsgpackError(str(error) or "it ends too early") from error


def _to_msgpack(value: Any) -> Any:
    for kind, convert in _CONVERSIONS.items():
        if isinstance(value, kind):
            return convert(value)
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "dtype") and hasattr(value, "tobytes"):
        return _from_numpy(value)
    raise TypeError(f"a {type(value).__qualname__} cannot be sent as msgpack")


def _datetime_text(value: dt.datetime) -> str:
    text = value.isoformat()
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


_CONVERSIONS: Mapping[type, Callable[[Any], Any]] = {
    dt.datetime: lambda value: {b"__dt_datetime_iso__": True, b"data": _datetime_text(value)},
    dt.date: lambda value: {b"__dt_date_iso__": True, b"data": value.isoformat()},
    dt.time: lambda value: {b"__dt_time_iso__": True, b"data": value.isoformat()},
    dt.timedelta: lambda value: {
        b"__dt_timedelta__": True,
        b"data": (value.days, value.seconds, value.microseconds),
    },
    Decimal: lambda value: {b"__decimal__": True, b"data": str(value)},
    uuid.UUID: lambda value: {b"__uuid__": True, b"data": str(value)},
    complex: lambda value: {b"complex": True, b"data": repr(value)},
    AbstractSet: list,
}
"""How Truss marks each type; a datetime is a date too and comes first."""


def _from_numpy(value: Any) -> dict[bytes, Any]:
    if value.dtype.hasobject:
        raise TypeError("an array of Python objects cannot be sent as msgpack")
    shape = getattr(value, "shape", ())
    if not shape and not hasattr(value, "setflags"):
        return {b"nd": False, b"type": value.dtype.str, b"data": value.tobytes()}
    structured = value.dtype.kind == "V"
    return {
        b"nd": True,
        b"type": value.dtype.descr if structured else value.dtype.str,
        b"kind": b"V" if structured else b"",
        b"shape": shape,
        b"data": value.tobytes(),
    }


_MARKS: Mapping[bytes, Callable[[Any], Any]] = {
    b"__dt_datetime_iso__": dt.datetime.fromisoformat,
    b"__dt_date_iso__": dt.date.fromisoformat,
    b"__dt_time_iso__": dt.time.fromisoformat,
    b"__dt_timedelta__": lambda parts: dt.timedelta(*parts),
    b"__decimal__": Decimal,
    b"__uuid__": uuid.UUID,
    b"complex": complex,
}


def _from_msgpack(found: dict[Any, Any]) -> Any:
    try:
        for mark, convert in _MARKS.items():
            if mark in found:
                return convert(found[b"data"])
        return _to_numpy(found) if b"nd" in found else found
    except (ArithmeticError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"a marked value is malformed: {type(error).__name__}") from error


def _to_numpy(found: dict[Any, Any]) -> Any:
    try:
        import numpy as np
    except ImportError as error:
        raise ValueError("it holds NumPy arrays, and NumPy is not installed here") from error
    kind = found[b"type"]
    dtype = np.dtype([tuple(field) for field in kind] if isinstance(kind, list) else kind)
    if dtype.hasobject:
        raise ValueError("arrays of Python objects are refused")
    if not found[b"nd"]:
        return np.frombuffer(found[b"data"], dtype)[0]
    return np.ndarray(shape=tuple(found[b"shape"]), dtype=dtype, buffer=found[b"data"])
