"""The CustomResourceDefinition: what the API server and `kubectl explain` need of it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

from observed import computed, deployment, pod, told, truss_model
from truss_operator.api.crd import CRD_NAME, custom_resource_definition
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation, Refusal

CRD = custom_resource_definition()
VERSION = CRD["spec"]["versions"][0]
SCHEMA = VERSION["schema"]["openAPIV3Schema"]
CRD_FILE = Path(__file__).parents[3] / "deploy" / "crds" / f"{CRD_NAME}.yaml"


def nodes(schema: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each schema in the schema with its path."""
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from nodes(inner, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if key in schema:
            yield from nodes(schema[key], f"{path}[]")


@pytest.mark.parametrize("release", ["1.31", "1.37"])
def test_it_is_valid_for_the_oldest_and_the_newest_kubernetes(release: str) -> None:
    assert kubernetes_validate.validate(CRD, release, strict=True)


def test_the_file_stays_below_64_kib() -> None:
    assert CRD_FILE.stat().st_size < 64 * 1024


def test_the_file_is_the_definition() -> None:
    assert yaml.safe_load(CRD_FILE.read_text()) == CRD


def test_every_field_is_described() -> None:
    bare = [
        path
        for path, schema in nodes(SCHEMA)
        if not path.endswith("[]")
        and path not in (".metadata", ".metadata.name")
        and not schema.get("description")
    ]
    assert bare == []


def test_the_schema_is_structural() -> None:
    for path, schema in nodes(SCHEMA):
        assert schema.get("type") or schema.get("x-kubernetes-int-or-string"), path
        assert not ("properties" in schema and "additionalProperties" in schema), path
        assert not {"$ref", "$defs", "title", "allOf", "oneOf"} & set(schema), path
        assert schema.get("default", ...) is not None, path


def test_every_list_says_how_it_is_merged() -> None:
    lists = {
        path: schema.get("x-kubernetes-list-type") for path, schema in nodes(SCHEMA) if "items" in schema
    }
    assert None not in lists.values(), lists
    assert lists[".spec.env"] == "map"


def test_what_a_user_may_send_is_bounded() -> None:
    """CEL rules over a list or map without a bound are refused for their cost."""
    for path, schema in nodes(SCHEMA["properties"]["spec"]):
        if schema.get("type") == "array":
            assert "maxItems" in schema, path
        if "additionalProperties" in schema:
            assert "maxProperties" in schema, path


def test_columns_and_scale_paths_name_fields_that_exist() -> None:
    known = {path for path, _ in nodes(SCHEMA)}
    scale = VERSION["subresources"]["scale"]
    columns = {column["name"]: column for column in VERSION["additionalPrinterColumns"]}
    plain = [column["jsonPath"] for column in columns.values() if "conditions" not in column["jsonPath"]]
    assert {*scale.values(), *plain} - {".metadata.creationTimestamp"} <= known
    assert list(columns) == ["Environment", "Ready", "Routes", "Replicas", "Reason", "Age", "URL", "Image"]
    assert [name for name, column in columns.items() if column.get("priority")] == ["URL", "Image"]
    assert columns["Reason"]["jsonPath"] == '.status.conditions[?(@.type=="Ready")].reason'


def test_a_new_object_reads_as_not_yet_seen() -> None:
    assert SCHEMA["properties"]["status"]["default"] == {"observedGeneration": -1}
    assert SCHEMA["properties"]["spec"]["properties"]["environment"]["default"] == "production"
    assert SCHEMA["properties"]["spec"]["properties"]["replicas"]["default"] == 1


def test_short_name_category_and_subresources() -> None:
    names = CRD["spec"]["names"]
    assert (names["shortNames"], names["categories"], CRD["spec"]["scope"]) == (["tm"], ["all"], "Namespaced")
    assert set(VERSION["subresources"]) == {"status", "scale"}


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema, refusing fields that it does not know: the API server would drop them."""
    inner = {name: closed(value) for name, value in schema.get("properties", {}).items()}
    shut: dict[str, Any] = {
        **schema,
        **({"properties": inner, "additionalProperties": False} if inner else {}),
    }
    return {**shut, "items": closed(schema["items"])} if "items" in schema else shut


MODEL = truss_model()
POD = pod(revision_of(MODEL), ready=True)


@pytest.mark.parametrize(
    "seen",
    [
        Observation(None),
        Observation(deployment(MODEL, ready=1), (POD,), told(MODEL)),
        Observation(None, refusals=(Refusal("InvalidSpec", "bad"),)),
    ],
)
def test_every_status_that_is_computed_fits_the_schema(seen: Observation) -> None:
    jsonschema.validate(computed(MODEL, seen), closed(SCHEMA["properties"]["status"]))
