"""msgpack, in the form that Truss's clients send and read."""

import contextlib
import dataclasses
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import msgpack  # type: ignore[import-untyped]  # it has no types
import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime.encoding import NotEncodableError
from truss_runtime.packing import NotMsgpackError, pack, unpack

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.uuids()
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@given(values)
def test_value_comes_back_as_it_went(value: Any) -> None:
    assert unpack(pack(value)) == value


@pytest.mark.parametrize("dtype", ["float32", "<i8", "bool", "complex64", "<U3", "float16"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_array_comes_back_with_type_and_shape(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.zeros(shape, dtype)

    back = unpack(pack({"x": array}))["x"]

    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert np.array_equal(back, array)


def test_array_that_is_not_contiguous_comes_back() -> None:
    array = np.arange(12).reshape(3, 4).T[::2]

    assert np.array_equal(unpack(pack(array)), array)


def test_structured_array_comes_back() -> None:
    array = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])

    assert unpack(pack(array)).tolist() == [(1, 2.5)]


@pytest.mark.parametrize("scalar", [np.float32(0.5), np.int8(-3), np.bool_(True)])
def test_numpy_scalar_comes_back_as_one(scalar: Any) -> None:
    back = unpack(pack(scalar))

    assert (back, back.dtype) == (scalar, scalar.dtype)


def test_form_is_the_one_of_msgpack_numpy_and_truss() -> None:
    raw = msgpack.unpackb(pack({"a": np.array([1, 2], "<i2"), "d": dt.date(2026, 1, 2)}))

    assert raw == {
        "a": {b"nd": True, b"type": "<i2", b"kind": b"", b"shape": [2], b"data": b"\x01\0\x02\0"},
        "d": {b"__dt_date_iso__": True, b"data": "2026-01-02"},
    }


def test_utc_is_written_as_truss_writes_it() -> None:
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)

    assert msgpack.unpackb(pack(moment))[b"data"] == "2026-01-02T03:04:05Z"
    assert unpack(pack(moment)) == moment


def test_models_dataclasses_and_sets_are_packed() -> None:
    class Answer(pydantic.BaseModel):
        id: uuid.UUID

    @dataclasses.dataclass
    class Point:
        x: Decimal

    identity = uuid.UUID(int=7)

    packed = unpack(pack([Answer(id=identity), Point(Decimal("0.5")), {1}]))

    assert packed == [{"id": identity}, {"x": Decimal("0.5")}, [1]]


@pytest.mark.parametrize("value", [object(), 2**64, np.array([object()])])
def test_what_msgpack_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises(NotEncodableError):
        pack({"it": value})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        b"\x01\x02",
        b"\xc1",
        b"\x81\x01\x02",
        msgpack.packb({b"__uuid__": True}),
        msgpack.packb({b"__decimal__": True, b"data": "x"}),
        msgpack.packb({b"nd": True, b"type": "<f8", b"shape": [9], b"data": b""}),
        msgpack.packb({b"nd": True, b"type": "nonsense", b"shape": [], b"data": b""}),
        msgpack.packb({b"nd": True, b"type": "|O", b"kind": b"O", b"shape": [1], b"data": b"\x80\x04N."}),
    ],
)
def test_bytes_that_are_not_such_msgpack_are_refused(data: bytes) -> None:
    with pytest.raises(NotMsgpackError):
        unpack(data)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_value_or_refused(data: bytes) -> None:
    with contextlib.suppress(NotMsgpackError):
        unpack(data)
