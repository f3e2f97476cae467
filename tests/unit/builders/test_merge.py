"""The merge of podTemplate over the pod that is built: what is named is changed, what is not stays."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_operator.builders.merge import merge

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b"])
NAMED = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from("abc")}, optional={"image": SCALARS, "tty": SCALARS}),
    max_size=3,
    unique_by=lambda item: str(item["name"]),
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "hostname": SCALARS,
        "containers": NAMED,
        "securityContext": st.dictionaries(st.sampled_from("ab"), SCALARS, max_size=2),
        "tolerations": st.lists(st.fixed_dictionaries({"key": st.sampled_from("ab")}), max_size=2),
    },
)
BASES = OBJECTS.map(lambda patch: merge({}, patch))


def nulls(value: Any) -> bool:
    if isinstance(value, dict):
        return any(inner is None or nulls(inner) for inner in value.values())
    return isinstance(value, list) and any(nulls(inner) for inner in value)


@given(base=BASES)
def test_nothing_changes_nothing(base: dict[str, Any]) -> None:
    assert merge(base, {}) == base


@given(base=BASES, patch=OBJECTS)
def test_twice_is_once(base: dict[str, Any], patch: dict[str, Any]) -> None:
    assert merge(merge(base, patch), patch) == merge(base, patch)


@given(base=BASES, patch=OBJECTS)
def test_no_null_is_left(base: dict[str, Any], patch: dict[str, Any]) -> None:
    assert not nulls(merge(base, patch))


@given(base=BASES, patch=OBJECTS)
def test_no_container_is_lost_and_ours_come_first(base: dict[str, Any], patch: dict[str, Any]) -> None:
    ours = [container["name"] for container in base.get("containers", ())]
    merged = [container["name"] for container in merge(base, patch).get("containers", ())]
    assert merged[: len(ours)] == ours
    assert set(merged) == {*ours, *(container["name"] for container in patch.get("containers", ()))}


@pytest.mark.parametrize(
    ("base", "patch", "merged"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}}, {"a": {"b": 3, "c": 2}}),
        ({"a": {"b": 1}}, {"a": {"b": None}}, {"a": {}}),
        ({"command": ["a", "b"]}, {"command": ["c"]}, {"command": ["c"]}),
        (
            {"volumeMounts": [{"name": "a", "mountPath": "/a"}]},
            {"volumeMounts": [{"name": "a", "mountPath": "/b"}]},
            {"volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "a", "mountPath": "/b"}]},
        ),
        (
            {"containers": [{"name": "a"}]},
            {"containers": [{"image": "x"}]},
            {"containers": [{"name": "a"}, {"image": "x"}]},
        ),
        ({"containers": [{"name": "a"}]}, {"containers": "none"}, {"containers": "none"}),
        ({"containers": [{"name": "a"}]}, {"containers": ["a", 7]}, {"containers": [{"name": "a"}, "a", 7]}),
    ],
)
def test_what_becomes_of_it(base: dict[str, Any], patch: dict[str, Any], merged: dict[str, Any]) -> None:
    assert merge(base, patch) == merged


def test_the_base_is_left_as_it_was() -> None:
    base = {"containers": [{"name": "a", "env": [{"name": "A", "value": "1"}]}]}
    merge(base, {"containers": [{"name": "a", "env": [{"name": "A", "value": "2"}]}]})
    assert base == {"containers": [{"name": "a", "env": [{"name": "A", "value": "1"}]}]}
