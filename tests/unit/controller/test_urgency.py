"""What goes before what when much happens at once."""

from typing import Any

import pytest

from truss_operator.controller.cache import Cache, Entry, entry_of
from truss_operator.controller.key import Key
from truss_operator.controller.urgency import Urgency, urgency_of, urgency_of_move, urgency_of_start
from truss_operator.kube.resource import TRUSSMODELS

KEY = Key("ml", "echo")


def model(*, ready: str = "", generation: int = 1, observed: int = 1, **metadata: str) -> dict[str, Any]:
    known = {"namespace": "ml", "name": "echo", "uid": "u", "resourceVersion": "7", "generation": generation}
    conditions = [{"type": "Ready", "status": ready, "reason": "x"}] if ready else []
    return {
        "apiVersion": TRUSSMODELS.api_version,
        "kind": TRUSSMODELS.kind,
        "metadata": {**known, **metadata},
        "spec": {"image": "x"},
        "status": {"observedGeneration": observed, "conditions": conditions},
    }


def entry(**fields: Any) -> Entry:
    return entry_of(TRUSSMODELS, KEY, model(**fields))


def of_move(obj: dict[str, Any]) -> Urgency:
    cache = Cache()
    cache.put(TRUSSMODELS, obj)
    return urgency_of_move(ready=cache.ready(KEY))


def test_change_by_a_user_comes_first() -> None:
    news = urgency_of(entry(ready="True"), model(ready="True", generation=2), deleted=False)
    assert news is Urgency.CHANGED


def test_deletion_comes_first() -> None:
    known, going = entry(ready="True"), model(ready="True", deletionTimestamp="2026-01-01T00:00:00Z")
    assert urgency_of(known, going, deleted=False) is Urgency.CHANGED
    assert urgency_of(known, going, deleted=True) is Urgency.CHANGED


@pytest.mark.parametrize("ready", ["", "False", "Unknown"])
def test_what_happens_to_one_that_was_ready_goes_before_one_that_rises(ready: str) -> None:
    assert of_move(model(ready="True")) < of_move(model(ready=ready))


def test_new_one_waits_in_line_with_those_that_rise() -> None:
    assert urgency_of(None, model(), deleted=False) is of_move(model(ready="False"))


@pytest.mark.parametrize(
    ("fields", "urgency"),
    [
        ({"ready": "True"}, Urgency.ROUTINE),
        ({"ready": "True", "generation": 2}, Urgency.RISING),
        ({"ready": "False"}, Urgency.RISING),
        ({}, Urgency.RISING),
    ],
)
def test_process_that_begins_goes_on_with_what_is_not_settled(
    fields: dict[str, Any], urgency: Urgency
) -> None:
    assert urgency_of_start(entry(**fields)) is urgency
