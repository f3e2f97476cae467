"""The runtime's account of its routes, read without trust."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasty import VALUE, harm_in
from truss_operator.observation import Route, RouteReport
from truss_operator.probe.dialler import PodAddress
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.report import parse_routes
from truss_operator.probe.slots import Slots
from truss_operator.probe.state import StateReader

ROUTE = {"kind": "predict", "method": "POST", "path": "/predict", "streaming": None}
ACCOUNT = {
    "model": "echo",
    "environment": "production",
    "runtimeVersion": "0.1.0",
    "state": "ready",
    "routes": [ROUTE],
    "failure": None,
}


def body(**changes: Any) -> bytes:
    return json.dumps({**ACCOUNT, **changes}).encode()


def test_account_of_a_ready_runtime() -> None:
    report = parse_routes(body(), "abc")
    assert report == RouteReport("abc", (Route("predict", "POST", "/predict", None),))


def test_fields_of_a_newer_runtime_are_ignored() -> None:
    report = parse_routes(body(new={}, routes=[{**ROUTE, "new": 1}]), "abc")
    assert len(report.routes) == 1


@pytest.mark.parametrize("state", ["starting", "loading", "draining", "failed", ""])
def test_runtime_that_is_not_ready_tells_no_routes(state: str) -> None:
    with pytest.raises(ProbeError, match="not ready"):
        parse_routes(body(state=state), "abc")


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        body(routes=None),
        body(routes=[ROUTE] * 65),
        body(routes=[{**ROUTE, "kind": "Bad Kind"}]),
        body(routes=[{**ROUTE, "method": "BREW"}]),
        body(routes=[{**ROUTE, "path": "predict"}]),
        body(routes=[{**ROUTE, "path": "/" + "x" * 300}]),
        body(routes=[{**ROUTE, "path": "/a\nb"}]),
        body(routes=[{**ROUTE, "streaming": "yes"}]),
        body(model=""),
        body(model=7),
    ],
)
def test_what_is_no_account_is_refused(broken: bytes) -> None:
    with pytest.raises(ProbeError, match="no account of routes"):
        parse_routes(broken, "abc")


@given(st.binary(max_size=200))
def test_nothing_but_a_probe_error_comes_of_bytes(data: bytes) -> None:
    with pytest.raises(ProbeError):
        parse_routes(data, "abc")


MUTATED = st.fixed_dictionaries(
    {},
    optional={
        "model": VALUE,
        "environment": VALUE,
        "runtimeVersion": VALUE,
        "state": st.just("ready") | VALUE,
        "routes": VALUE
        | st.lists(
            st.fixed_dictionaries(
                {"kind": st.just("predict") | VALUE, "method": st.just("POST") | VALUE, "path": VALUE},
                optional={"streaming": VALUE},
            ),
            max_size=70,
        ),
        "more": VALUE,
    },
)


@given(MUTATED.map(lambda changes: body(**changes)) | VALUE.map(lambda value: json.dumps(value).encode()))
def test_any_json_is_an_account_without_harm_or_a_probe_error_of_one_line(data: bytes) -> None:
    try:
        report = parse_routes(data, "abc")
    except ProbeError as error:
        said = str(error)
    else:
        said = ""
        check(report)
    assert harm_in(said) == []
    assert len(said) < 500


def check(report: RouteReport) -> None:
    assert len(report.routes) <= 64
    for route in report.routes:
        assert harm_in(route.kind + route.method + route.path) == []
        assert max(len(route.kind), len(route.path)) <= 253


@pytest.mark.parametrize("depth", [100, 10_000, 100_000])
def test_deep_account_is_no_account(depth: int) -> None:
    for deep in (b"[" * depth, b'{"a":' * depth, b'{"routes":' + b"[" * depth + b"]" * depth + b"}"):
        with pytest.raises(ProbeError, match="no account of routes"):
            parse_routes(deep, "abc")


class Saying:
    """Answers with these bytes."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        assert (pod.name, port, path) == ("echo-1", 8081, "/routes")
        return self.answer


@given(MUTATED.map(lambda changes: body(**changes)) | st.binary(max_size=200))
def test_state_of_any_answer_is_two_texts_or_nothing(data: bytes) -> None:
    pod = PodAddress("ns", "echo-1", "10.0.0.1")
    found = asyncio.run(StateReader(Saying(data), 8081, Slots()).read(pod))
    assert found is None or [type(text) for text in found] == [str, str]
