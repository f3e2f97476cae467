"""Which status changes make an Event."""

from typing import Any

import pytest

from truss_operator.controller.transitions import fact_of
from truss_operator.kube.events import Fact
from truss_operator.status.reasons import FAILURES, STATES, Reason


def status(reason: str, message: str = "because") -> dict[str, Any]:
    return {"conditions": [{"type": "Ready", "status": "False", "reason": reason, "message": message}]}


def test_another_reason_makes_an_event() -> None:
    assert fact_of(status("Progressing"), status("Serving", "all well")) == Fact(
        "Normal", "Serving", "all well"
    )


def test_failure_of_a_new_object_makes_a_warning() -> None:
    assert fact_of({"observedGeneration": -1}, status("InvalidSpec")) == Fact(
        "Warning", "InvalidSpec", "because"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(status("Serving"), status("Serving", "other words"), id="same-reason"),
        pytest.param({}, status("Progressing"), id="new-object-on-its-way"),
        pytest.param(status("Serving"), {}, id="no-condition"),
    ],
)
def test_what_is_no_news_makes_none(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert fact_of(old, new) is None


@pytest.mark.parametrize("reason", STATES, ids=lambda reason: str(reason.name))
def test_what_is_no_failure_makes_no_warning(reason: Reason) -> None:
    fact = fact_of(status("LoadFailed"), status(reason.name))
    assert fact is not None
    assert fact.type == "Normal"


@pytest.mark.parametrize("reason", FAILURES.values(), ids=lambda reason: str(reason.name))
def test_every_failure_makes_a_warning(reason: Reason) -> None:
    fact = fact_of(status("Serving"), status(reason.name))
    assert fact is not None
    assert fact.type == "Warning"
