"""The Event that a fact becomes."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.kube.events import Fact, event_of

NOW = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def model(uid: str = "1", name: str = "echo") -> dict[str, Any]:
    metadata = {"namespace": "ns", "name": name, "uid": uid, "resourceVersion": "7"}
    return {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel", "metadata": metadata}


def event(
    uid: str = "1", reason: str = "LoadFailed", note: str = "why", name: str = "echo"
) -> dict[str, Any]:
    return event_of(model(uid, name), Fact("Warning", reason, note), NOW, "pod-1")


def test_same_fact_has_the_same_name() -> None:
    assert event()["metadata"] == event()["metadata"]


def test_other_object_reason_or_note_has_another_name() -> None:
    names = {
        e["metadata"]["name"] for e in (event(), event(uid="2"), event(reason="Other"), event(note="else"))
    }
    assert len(names) == 4


def test_event_is_about_the_object() -> None:
    regarding = event()["regarding"]
    assert (regarding["kind"], regarding["namespace"], regarding["name"], regarding["uid"]) == (
        "TrussModel",
        "ns",
        "echo",
        "1",
    )


def test_time_has_microseconds() -> None:
    assert event()["eventTime"] == "2026-01-02T03:04:05.000678Z"


@given(st.text(max_size=2000))
def test_note_fits(note: str) -> None:
    cut = event(note=note.encode(errors="ignore").decode())["note"]
    assert len(cut.encode()) <= 1024


def test_name_fits_for_the_longest_object_name() -> None:
    assert len(event(name="a" * 253)["metadata"]["name"]) <= 253
