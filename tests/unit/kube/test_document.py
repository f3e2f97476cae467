"""Documents of the API server, of any depth."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_operator.kube.document import KEPT, dumps, loads, object_in
from truss_operator.kube.errors import Unavailable

DEEP = 12_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def wrapped(text: str, depth: int) -> str:
    return '{"a": [' * depth + text + "]}" * depth


def depth_of(value: Any) -> int:
    depth = 0
    while isinstance(value, dict | list):
        value, depth = next(iter(value.values() if isinstance(value, dict) else value)), depth + 1
    return depth


@given(JSON)
def test_document_is_what_the_parser_makes_of_it(document: Any) -> None:
    assert loads(json.dumps(document)) == document


@given(JSON)
def test_beside_what_is_too_deep_everything_stays(document: Any) -> None:
    text = json.dumps({"before": document, "deep": "@", "after": document})
    found = loads(text.replace('"@"', wrapped("1", DEEP)) if '"@"' not in json.dumps(document) else text)
    assert (found["before"], found["after"]) == (document, document)


@pytest.mark.parametrize("inner", ["1", '"]}{["', '"\\"{"', "[]", "{}"])
def test_of_what_is_too_deep_the_first_levels_are_kept(inner: str) -> None:
    assert depth_of(loads(wrapped(inner, DEEP).encode())) == KEPT


@pytest.mark.parametrize("text", ["", "{", wrapped("1", DEEP)[:-1], wrapped("x", 3)])
def test_what_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(text)


@given(JSON, st.booleans())
def test_document_that_was_written_is_read_as_it_was(document: Any, sort_keys: bool) -> None:
    assert loads(dumps(document, sort_keys=sort_keys)) == document


def test_of_what_is_too_deep_to_write_the_first_levels_are_written() -> None:
    assert depth_of(loads(dumps(loads(wrapped("1", 200))))) == KEPT


@pytest.mark.parametrize("answer", ["<html>", "null", "[]", '{"error": "no"}', '{"metadata": null}'])
def test_what_is_no_object_of_the_api_passes(answer: str) -> None:
    with pytest.raises(Unavailable, match="get pods a/b: the answer is no"):
        object_in(answer.encode(), "get pods a/b")


def test_object_of_the_api_is_what_has_metadata() -> None:
    assert object_in(b'{"kind": "Status", "metadata": {}}', "delete pods a/b")["kind"] == "Status"
