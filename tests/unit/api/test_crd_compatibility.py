"""The definition takes back nothing of the released one, and whatever would is told."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from compatibility import breaks
from truss_operator.api.crd import CRD_NAME, custom_resource_definition

Json = dict[str, Any]
RELEASED: Json = yaml.safe_load((Path(__file__).parent / "released" / f"{CRD_NAME}.yaml").read_text())


def version(crd: Json) -> Json:
    found: Json = crd["spec"]["versions"][0]
    return found


def at(crd: Json, path: str) -> Json:
    """The schema of a field: ``spec.env[].name``."""
    schema: Json = version(crd)["schema"]["openAPIV3Schema"]
    for part in path.replace("[]", ".[]").split("."):
        if part == "[]":
            schema = schema.get("items") or schema["additionalProperties"]
        elif part:
            schema = schema["properties"][part]
    return schema


def fields(schema: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Each schema with its path."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from fields(inner, f"{path}.{name}".removeprefix("."))
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from fields(schema[key], f"{path}[]")


FIELDS = dict(fields(version(RELEASED)["schema"]["openAPIV3Schema"]))


def changed(change: Callable[[Json], object]) -> list[str]:
    """What breaks by that change of the released definition."""
    new = copy.deepcopy(RELEASED)
    change(new)
    return breaks(RELEASED, new)


def changed_at(path: str, change: Callable[..., object], *arguments: object) -> list[str]:
    """What breaks when that is done to the schema of a field."""
    return changed(lambda crd: change(at(crd, path), *arguments))


def drop_property(schema: Json, name: str) -> None:
    del schema["properties"][name]


def drop_value(schema: Json, value: str) -> None:
    schema["enum"].remove(value)


def test_present_definition_takes_nothing_back() -> None:
    assert breaks(RELEASED, custom_resource_definition()) == [], (
        "this breaks objects and clients of the released definition: keep the field or rule as it was,"
        " or make a new version (docs/operations/crd-compatibility.md)"
    )


def test_same_definition_breaks_nothing() -> None:
    assert breaks(RELEASED, RELEASED) == []


def test_each_field_that_is_removed_is_told() -> None:
    for path in FIELDS:
        if not path or path.endswith("[]"):
            continue
        parent, _, name = path.rpartition(".")
        told = changed_at(parent, drop_property, name)
        assert f"v1alpha1.{path}: removed" in told, path


def test_each_field_of_another_type_is_told() -> None:
    for path, schema in FIELDS.items():
        if "type" in schema:
            told = changed_at(path, dict.update, {"type": "null"})
            assert any("type" in line for line in told), path


def test_each_value_of_an_enum_that_is_removed_is_told() -> None:
    for path, schema in FIELDS.items():
        for value in schema.get("enum", ()):
            told = changed_at(path, drop_value, value)
            assert told == [f"v1alpha1.{path}: {value} is gone"]


@pytest.mark.parametrize(("prefix", "step"), [("max", -1), ("min", 1)])
def test_each_bound_that_is_narrowed_is_told(prefix: str, step: int) -> None:
    bounds = [(p, key) for p, schema in FIELDS.items() for key in schema if key.startswith(prefix)]
    assert bounds
    for path, key in bounds:
        told = changed_at(path, dict.update, {key: FIELDS[path][key] + step})
        assert len(told) == 1, (path, key)
        assert key in told[0]


def test_each_list_that_is_merged_otherwise_is_told() -> None:
    lists = [path for path, schema in FIELDS.items() if "x-kubernetes-list-type" in schema]
    assert lists
    for path in lists:
        told = changed_at(path, dict.update, {"x-kubernetes-list-type": "other"})
        assert len(told) == 1, path


def test_each_field_that_was_open_and_is_closed_is_told() -> None:
    key = "x-kubernetes-preserve-unknown-fields"
    opened = [path for path, schema in FIELDS.items() if key in schema]
    assert opened
    for path in opened:
        told = changed_at(path, dict.pop, key)
        assert told == [f"v1alpha1.{path}: {key} True is None now"]


NEW_RULE = {"rule": "self != 'x'", "message": "no"}
TIGHTENED: dict[str, tuple[Callable[[Json], object], str]] = {
    "a field is required": (
        lambda c: at(c, "spec").update(required=["image", "model"]),
        "spec.model: required now",
    ),
    "a new field is required": (
        lambda c: at(c, "spec").update(
            required=["image", "new"], properties={**at(c, "spec")["properties"], "new": {"type": "string"}}
        ),
        "spec.new: required now",
    ),
    "an enum": (lambda c: at(c, "spec.model").update(enum=["a"]), "spec.model: an enum now"),
    "a maximum": (lambda c: at(c, "spec.replicas").update(maximum=9), "maximum None is 9 now"),
    "a minimum length": (lambda c: at(c, "spec.image").update(minLength=9), "minLength None is 9 now"),
    "a pattern": (lambda c: at(c, "spec.image").update(pattern="^a"), "pattern None is ^a now"),
    "another pattern": (lambda c: at(c, "spec.serviceAccountName").update(pattern="^a"), "is ^a now"),
    "a format": (lambda c: at(c, "spec.image").update(format="uuid"), "format None is uuid now"),
    "another format": (lambda c: at(c, "spec.replicas").update(format="int64"), "format int32 is int64 now"),
    "a rule": (
        lambda c: at(c, "spec.image")["x-kubernetes-validations"].append(NEW_RULE),
        "a new rule: self != 'x'",
    ),
    "a first rule": (
        lambda c: at(c, "spec.paused").update({"x-kubernetes-validations": [NEW_RULE]}),
        "spec.paused: a new rule",
    ),
    "another rule": (
        lambda c: at(c, "spec.image")["x-kubernetes-validations"][0].update(rule="false"),
        "a new rule: false",
    ),
    "another default": (lambda c: at(c, "spec.replicas").update(default=2), "default 1 is 2 now"),
    "no default": (lambda c: at(c, "spec.environment").pop("default"), "default production is None now"),
    "a default": (lambda c: at(c, "spec.paused").update(default=True), "default None is True now"),
    "not both": (lambda c: at(c, "spec.auth").update({"not": {}, "oneOf": [{}]}), "oneOf None is"),
    "a map of other values": (
        lambda c: at(c, "spec.nodeSelector").update(additionalProperties={"type": "integer"}),
        "spec.nodeSelector[]: type string is integer now",
    ),
    "a map that is none": (
        lambda c: at(c, "spec.nodeSelector").pop("additionalProperties"),
        "additionalProperties is another",
    ),
    "other keys of a list": (
        lambda c: at(c, "spec.env").update({"x-kubernetes-list-map-keys": ["value"]}),
        "list-map-keys",
    ),
    "no number or text": (
        lambda c: at(c, "spec.resources.limits[]").pop("x-kubernetes-int-or-string"),
        "int-or-string",
    ),
    "another group": (lambda c: c["spec"].update(group="example.com"), "group: trussmodel.dev"),
    "another scope": (lambda c: c["spec"].update(scope="Cluster"), "scope: Namespaced"),
    "another plural": (lambda c: c["spec"]["names"].update(plural="models"), "names.plural"),
    "no short name": (lambda c: c["spec"]["names"].update(shortNames=[]), "names.shortNames: tm is gone"),
    "no category": (lambda c: c["spec"]["names"].pop("categories"), "names.categories: all is gone"),
    "no such version": (lambda c: version(c).update(name="v1"), "v1alpha1: no longer served"),
    "a version not served": (lambda c: version(c).update(served=False), "v1alpha1: no longer served"),
    "no status": (lambda c: version(c)["subresources"].pop("status"), "subresource status"),
    "another scale": (
        lambda c: version(c)["subresources"]["scale"].update(specReplicasPath=".spec.x"),
        "subresource scale",
    ),
    "no column": (lambda c: version(c)["additionalPrinterColumns"].pop(0), "Environment is gone"),
}


@pytest.mark.parametrize(("change", "told"), TIGHTENED.values(), ids=TIGHTENED)
def test_what_is_tightened_is_told(change: Callable[[Json], object], told: str) -> None:
    assert any(told in line for line in changed(change))


LOOSENED: dict[str, Callable[[Json], object]] = {
    "an optional field": lambda c: at(c, "spec")["properties"].update(new={"type": "string", "maxLength": 9}),
    "a required field with a default": lambda c: at(c, "spec").update(
        required=["image", "new"],
        properties={**at(c, "spec")["properties"], "new": {"type": "string", "default": "a"}},
    ),
    "nothing required": lambda c: at(c, "spec").pop("required"),
    "another value of an enum": lambda c: at(c, "spec.imagePullPolicy")["enum"].append("Sometimes"),
    "no enum": lambda c: at(c, "spec.imagePullPolicy").pop("enum"),
    "wider bounds": lambda c: at(c, "spec.image").update(maxLength=4096),
    "no bounds": lambda c: at(c, "spec.image").pop("maxLength"),
    "no rule": lambda c: at(c, "spec.image").pop("x-kubernetes-validations"),
    "another message": lambda c: at(c, "spec.image")["x-kubernetes-validations"][0].update(message="no"),
    "another description": lambda c: at(c, "spec.image").update(description="Another."),
    "no pattern": lambda c: at(c, "spec.serviceAccountName").pop("pattern"),
    "unknown fields": lambda c: at(c, "spec.auth").update({"x-kubernetes-preserve-unknown-fields": True}),
    "null": lambda c: at(c, "spec.model").update(nullable=True),
    "another short name": lambda c: c["spec"]["names"]["shortNames"].append("trm"),
    "another column": lambda c: version(c)["additionalPrinterColumns"].append({"name": "New"}),
    "another version": lambda c: c["spec"]["versions"].append({**version(c), "name": "v1beta1"}),
}


@pytest.mark.parametrize("change", LOOSENED.values(), ids=LOOSENED)
def test_what_is_loosened_breaks_nothing(change: Callable[[Json], object]) -> None:
    assert changed(change) == []
