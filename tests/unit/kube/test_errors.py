"""Unsuccessful answers of the API server, as types."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_operator.kube import errors
from truss_operator.kube.errors import ApiError, Cause, error_from

CALL = "patch deployments ns/echo"


def status(**fields: Any) -> bytes:
    return json.dumps({"kind": "Status", "apiVersion": "v1", **fields}).encode()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.Unauthorized),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (410, errors.Conflict),
        (422, errors.Invalid),
        (429, errors.TooManyRequests),
        (500, errors.Unavailable),
        (503, errors.Unavailable),
        (504, errors.Unavailable),
    ],
)
def test_status_tells_the_type(code: int, kind: type[ApiError]) -> None:
    assert type(error_from(code, status(message="no"), {}, CALL)) is kind


def test_message_says_what_was_asked_and_what_was_answered() -> None:
    body = status(
        message='deployments.apps "echo" is forbidden: User "x" cannot patch resource "deployments"'
    )
    error = error_from(403, body, {}, CALL)
    assert CALL in str(error)
    assert 'cannot patch resource "deployments"' in str(error)


def test_fields_are_named() -> None:
    causes = [{"reason": "FieldValueInvalid", "message": "must be positive", "field": "spec.replicas"}]
    error = error_from(422, status(details={"causes": causes}), {}, CALL)
    assert error.causes == (Cause("spec.replicas", "must be positive", "FieldValueInvalid"),)


def test_field_of_another_manager_is_a_conflict_of_its_own() -> None:
    causes = [{"reason": "FieldManagerConflict", "message": 'conflict with "hpa"', "field": ".spec.replicas"}]
    error = error_from(409, status(reason="Conflict", details={"causes": causes}), {}, CALL)
    assert isinstance(error, errors.FieldConflict)


def test_name_that_is_taken_is_a_conflict_of_its_own() -> None:
    assert isinstance(error_from(409, status(reason="AlreadyExists"), {}, CALL), errors.AlreadyExists)


@pytest.mark.parametrize(
    ("headers", "details", "seconds"),
    [
        ({"Retry-After": "7"}, {}, 7),
        ({}, {"retryAfterSeconds": 3}, 3),
        ({"Retry-After": "99999999"}, {}, 3600),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, {}, None),
        ({"Retry-After": "-1"}, {}, None),
        ({"Retry-After": "nan"}, {}, None),
        ({}, {}, None),
    ],
)
def test_pause_that_the_server_asks_for(
    headers: dict[str, str], details: dict[str, int], seconds: float | None
) -> None:
    assert error_from(429, status(details=details), headers, CALL).retry_after == seconds


def test_answer_of_a_proxy_is_quoted_and_cut() -> None:
    error = error_from(502, b"<html>" + b"x" * 10_000, {}, CALL)
    assert "<html>" in str(error)
    assert len(str(error)) < 400


@given(st.integers(400, 599), st.binary(max_size=300))
def test_no_body_breaks_the_reading(code: int, body: bytes) -> None:
    assert isinstance(error_from(code, body, {}, CALL), ApiError)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["causes", "field"]), inner),
    max_leaves=8,
)


@given(st.integers(400, 599), st.dictionaries(st.sampled_from(["details", "message", "reason"]), json_values))
def test_no_status_object_breaks_the_reading(code: int, document: dict[str, Any]) -> None:
    assert isinstance(error_from(code, json.dumps(document).encode(), {}, CALL), ApiError)
