"""The revision: another one exactly when the pods are others."""

from typing import Any

from hypothesis import example, given

from observed import truss_model
from specs import FIELDS, SPECS
from truss_operator.builders.pod import build_pod_template
from truss_operator.builders.revision import revision_of


def template(spec: dict[str, Any]) -> dict[str, Any]:
    return build_pod_template(truss_model(**spec), "any")


@given(one=SPECS, other=SPECS)
@example(one={"image": "x"}, other={"image": "x", "model": "echo"})
@example(one={"image": "x"}, other={"image": "x", "env": [], "config": {}, "nodeSelector": {}})
@example(one={"image": "x"}, other={"image": "x", "requiredRoutes": []})
@example(one={"image": "x", "config": {"a": {}}}, other={"image": "x", "config": {"a": None}})
def test_two_specs_share_a_revision_exactly_when_they_share_the_pod_template(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    same = revision_of(truss_model(**one)) == revision_of(truss_model(**other))
    assert same == (template(one) == template(other))


@given(spec=SPECS, replicas=FIELDS["replicas"])
def test_the_number_of_replicas_is_no_revision(spec: dict[str, Any], replicas: int) -> None:
    assert revision_of(truss_model(**spec)) == revision_of(truss_model(**{**spec, "replicas": replicas}))


@given(spec=SPECS)
def test_a_revision_is_a_label_value(spec: dict[str, Any]) -> None:
    assert set(revision_of(truss_model(**spec))) <= set("0123456789abcdef")
    assert len(revision_of(truss_model(**spec))) == 10


def test_the_order_of_keys_does_not_matter() -> None:
    one = truss_model(config={"a": 1, "b": 2}, nodeSelector={"x": "1", "y": "2"})
    other = truss_model(config={"b": 2, "a": 1}, nodeSelector={"y": "2", "x": "1"})
    assert revision_of(one) == revision_of(other)


def test_a_revision_outlives_versions_of_the_operator() -> None:
    """A version that computes another one for the same spec replaces every pod there is."""
    assert revision_of(truss_model()) == "065f64455b"


def test_another_smoke_request_alone_is_no_revision() -> None:
    smoke = {"route": "predict", "body": {"text": "hello"}}
    assert revision_of(truss_model(rollout={"smoke": smoke})) == revision_of(truss_model())
