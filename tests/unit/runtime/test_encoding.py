"""Whatever a method returns reaches the client as it is."""

import array
import dataclasses
import datetime as dt
import math
from typing import Any

import pydantic
import pytest

from truss_runtime.encoding import NotEncodableError, encode


class Answer(pydantic.BaseModel):
    text: str
    at: dt.date


@dataclasses.dataclass
class Point:
    x: float


class Counted(pydantic.BaseModel):
    n: int


class Opaque:
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, None]}, b'{"a":[1,null]}'),
        ("text", b'"text"'),
        (1.5, b"1.5"),
        (None, b"null"),
        ({1: "a"}, b'{"1":"a"}'),
        ({"v": math.nan, "w": math.inf}, b'{"v":null,"w":null}'),
        (Answer(text="a", at=dt.date(2026, 1, 2)), b'{"text":"a","at":"2026-01-02"}'),
        ([Answer(text="a", at=dt.date(2026, 1, 2))], b'[{"text":"a","at":"2026-01-02"}]'),
        (Point(0.5), b'{"x":0.5}'),
        ({"vector": array.array("d", [1, 2])}, b'{"vector":[1.0,2.0]}'),
        ({"only": {1}}, b'{"only":[1]}'),
        ({"large": [2**64, -(2**63) - 1]}, b'{"large":[18446744073709551616,-9223372036854775809]}'),
        ([Point(2**64), Counted(n=2**70)], b'[{"x":18446744073709551616},{"n":1180591620717411303424}]'),
    ],
)
def test_value_is_sent_as_its_json(value: Any, expected: bytes) -> None:
    assert encode(value) == (expected, b"application/json")


@pytest.mark.parametrize("value", [b"\x00\xff", bytearray(b"\x00\xff"), memoryview(b"\x00\xff")])
def test_bytes_are_sent_as_they_are(value: Any) -> None:
    assert encode(value) == (b"\x00\xff", b"application/octet-stream")


def test_what_json_cannot_hold_is_named_by_type() -> None:
    with pytest.raises(NotEncodableError, match="Opaque"):
        encode({"a": Opaque()})
