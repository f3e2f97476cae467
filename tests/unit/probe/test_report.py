"""The runtime's account of its routes, read without trust."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_operator.observation import Route
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.report import parse_routes

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
    assert report.routes == (Route("predict", "POST", "/predict", None),)
    assert (report.revision, report.model, report.environment) == ("abc", "echo", "production")


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
