"""Any JSON and any msgpack in and out of a live server; what JSON cannot hold, and who is told."""

import json
import math
from collections.abc import Iterator
from typing import Any

import httpx2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime_server import RuntimeServer
from truss_runtime.packing import pack, unpack

MODEL = """
import dataclasses
import math

import numpy as np
import pydantic
from fastapi import Request


class Answer(pydantic.BaseModel):
    score: float


@dataclasses.dataclass
class Point:
    x: float


RESULTS = {
    "array": lambda: {"v": np.array([[1.5, np.nan], [np.inf, 2.0]], dtype="float32")},
    "strided": lambda: np.arange(6)[::2],
    "scalars": lambda: [np.float64(0.5), np.int64(3), np.bool_(True)],
    "strings": lambda: np.array(["a", "b"]),
    "model": lambda: [Answer(score=math.inf)],
    "dataclass": lambda: Point(math.nan),
    "bytes": lambda: b"\\x00\\xff",
    "complex": lambda: np.array([1j]),
}


class Model:
    async def predict(self, x):
        return x

    async def completions(self, x):
        return RESULTS[x["do"]]()

    async def embeddings(self, x: Answer):
        return {"score": x.score}

    async def responses(self, request: Request):
        return {"bytes": len(await request.body())}
"""

PACKED = {"Content-Type": "application/octet-stream"}

# What both ends can hold: Python's parser of the client takes any integer, the server's up to 64 bits.
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=30,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("results")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, folder=folder) as started:
        yield started.ready()


def completions(http: httpx2.Client, what: str) -> httpx2.Response:
    return http.post("/v1/completions", json={"do": what})


@given(json_values)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_json_value_goes_in_and_comes_out(http: httpx2.Client, value: Any) -> None:
    answer = http.post("/predict", content=json.dumps(value))

    assert answer.status_code == 200
    assert answer.json() == value


@given(json_values)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_goes_in_and_comes_out_as_msgpack(http: httpx2.Client, value: Any) -> None:
    answer = http.post("/predict", content=pack(value), headers=PACKED)

    assert answer.headers["content-type"] == "application/octet-stream"
    assert unpack(answer.content) == value


def test_numpy_arrays_go_in_and_come_out_as_msgpack(http: httpx2.Client) -> None:
    array = np.linspace(0, 1, 6, dtype="float32").reshape(2, 3)

    back = unpack(http.post("/predict", content=pack({"x": array}), headers=PACKED).content)["x"]

    assert (back.dtype, back.tolist()) == (array.dtype, array.tolist())


def test_content_type_of_msgpack_may_have_parameters_and_capitals(http: httpx2.Client) -> None:
    headers = {"Content-Type": "Application/Octet-Stream; charset=binary"}

    assert unpack(http.post("/predict", content=pack(49), headers=headers).content) == 49


def test_json_under_the_content_type_of_msgpack_is_still_json(http: httpx2.Client) -> None:
    assert http.post("/predict", content=b'{"a": 1}', headers=PACKED).json() == {"a": 1}


def test_msgpack_body_is_validated_like_any_other(http: httpx2.Client) -> None:
    good = http.post("/v1/embeddings", content=pack({"score": 0.5}), headers=PACKED)
    bad = http.post("/v1/embeddings", content=pack({"score": "x"}), headers=PACKED)

    assert unpack(good.content) == {"score": 0.5}
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "score")


@pytest.mark.parametrize(
    ("body", "packed"), [(pack({"a": 1}), True), (b"{}", False), (b"\x89PNG\r\n", False)]
)
def test_method_that_takes_the_request_alone_answers_msgpack_with_msgpack(
    http: httpx2.Client, body: bytes, packed: bool
) -> None:
    answer = http.post("/v1/responses", content=body, headers=PACKED)

    found = unpack(answer.content) if packed else answer.json()
    assert (answer.status_code, found) == (200, {"bytes": len(body)})


def test_bytes_that_are_not_msgpack_are_400(http: httpx2.Client) -> None:
    answer = http.post("/v1/completions", content=b"\x81", headers=PACKED)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_msgpack")


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("array", {"v": [[1.5, None], [None, 2.0]]}),
        ("strided", [0, 2, 4]),
        ("scalars", [0.5, 3, True]),
        ("strings", ["a", "b"]),
        ("model", [{"score": None}]),
        ("dataclass", {"x": None}),
    ],
)
def test_numpy_pydantic_and_dataclasses_are_sent_as_json(
    http: httpx2.Client, what: str, expected: Any
) -> None:
    assert completions(http, what).json() == expected


def test_bytes_are_sent_as_they_are(http: httpx2.Client) -> None:
    assert completions(http, "bytes").content == b"\x00\xff"


def test_numbers_that_json_does_not_know_are_refused_and_named(http: httpx2.Client) -> None:
    answer = completions(http, "complex")

    assert answer.status_code == 500
    assert "complex cannot be sent as JSON" in answer.json()["error"]["message"]


def test_number_that_became_null_is_told_in_the_log_once(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("nan")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, folder=folder) as server:
        base = server.ready().base
        for _ in range(3):
            answer = httpx2.post(f"{base}/v1/completions", json={"do": "array"})
        server.log(lambda line: line["logger"] == "truss_runtime.encoding", "the warning")

        assert answer.json()["v"][0][1] is None
        assert sum("sent as null" in line["message"] for line in server.logs) == 1
        assert not math.isnan(answer.json()["v"][0][0])
