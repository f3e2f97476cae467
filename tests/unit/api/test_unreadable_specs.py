"""A spec of another version than the operator's: read as far as it goes, with each complaint at its field."""

from typing import Any

import pytest

from observed import computed
from truss_operator.api.reading import read_model
from truss_operator.observation import Observation, Refusal


def obj(spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "echo", "namespace": "ml", "generation": 3}, "spec": spec}


def test_what_can_be_read_has_no_complaint() -> None:
    model, complaints = read_model(obj({"image": "echo:1", "future": 1}))
    assert (model.spec.image, complaints) == ("echo:1", ())


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ({"image": "echo:1", "replicas": "many", "model": "team/echo"}, "spec.replicas: "),
        ({"model": "team/echo"}, "spec.image: Field required"),
        (
            {"image": "echo:1", "env": [{"name": "A"}, {"value": "1"}], "model": "team/echo"},
            "spec.env[1].name: ",
        ),
        ("nothing", "spec: "),
        (None, "spec: "),
    ],
)
def test_what_cannot_be_read_is_named_and_left_out(spec: Any, complaint: str) -> None:
    model, (only,) = read_model(obj(spec))
    assert only.startswith(complaint)
    assert model.served_name == (spec["model"] if isinstance(spec, dict) else "echo")


def test_every_complaint_is_told() -> None:
    _, complaints = read_model(obj({"replicas": -0.5, "env": {}}))
    assert [complaint.partition(":")[0] for complaint in complaints] == [
        "spec.image",
        "spec.replicas",
        "spec.env",
    ]


def test_the_status_of_an_unreadable_spec_is_stalled_and_names_the_field() -> None:
    model, complaints = read_model(obj({"image": "echo:1", "replicas": "many"}))
    status = computed(model, Observation(None, refusals=(Refusal("InvalidSpec", complaints[0]),)))
    ready = next(each for each in status["conditions"] if each["type"] == "Ready")
    assert (status["observedGeneration"], ready["reason"]) == (3, "InvalidSpec")
    assert "spec.replicas" in ready["message"]
    assert {"Stalled"} < {each["type"] for each in status["conditions"]}
