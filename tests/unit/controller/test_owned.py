"""Whether all fields of a manifest are among those that the API server holds to be ours."""

from typing import Any

import pytest

from truss_operator.controller.owned import covers, owned_fields

MANAGER = "trussmodel-operator"
MANIFEST: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "echo", "namespace": "ml", "labels": {"a": "b"}, "ownerReferences": [{"uid": "7"}]},
    "spec": {"ports": [{"name": "http", "port": 80}], "selector": {"a": "b"}, "tags": ["x"]},
}
FIELDS: dict[str, Any] = {
    "f:metadata": {"f:labels": {"f:a": {}}, "f:ownerReferences": {'k:{"uid":"7"}': {}}},
    "f:spec": {
        "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:name": {}, "f:port": {}}},
        "f:selector": {},
        "f:tags": {'v:"x"': {}},
    },
}


def owned(fields: dict[str, Any], **entry: str) -> str:
    managed = {"manager": MANAGER, "operation": "Apply", "fieldsV1": fields, **entry}
    return owned_fields({"metadata": {"managedFields": [managed]}}, MANAGER)


def without(*path: str) -> dict[str, Any]:
    return _without(FIELDS, *path)


def _without(fields: dict[str, Any], head: str, *rest: str) -> dict[str, Any]:
    left = {key: value for key, value in fields.items() if key != head}
    # The API server keeps no branch without a leaf.
    if rest and (below := _without(fields[head], *rest)):
        left[head] = below
    return left


def test_manifest_whose_fields_are_all_ours_is_covered() -> None:
    assert covers(owned(FIELDS), MANIFEST)


@pytest.mark.parametrize(
    "path",
    [
        ("f:spec",),
        ("f:spec", "f:selector"),
        ("f:metadata", "f:labels", "f:a"),
        ("f:spec", "f:ports", 'k:{"port":80,"protocol":"TCP"}', "f:name"),
        ("f:spec", "f:tags", 'v:"x"'),
    ],
)
def test_field_that_someone_took_is_missed(path: tuple[str, ...]) -> None:
    assert not covers(owned(without(*path)), MANIFEST)


def test_item_of_another_key_is_not_taken_for_it() -> None:
    other = {**MANIFEST, "spec": {**MANIFEST["spec"], "ports": [{"name": "http", "port": 81}]}}
    assert not covers(owned(FIELDS), other)


@pytest.mark.parametrize("entry", [{"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "scale"}])
def test_fields_of_others_are_not_ours(entry: dict[str, str]) -> None:
    assert not covers(owned(FIELDS, **entry), MANIFEST)


def test_similar_objects_share_one_text() -> None:
    other = {**FIELDS, "f:metadata": {**FIELDS["f:metadata"], "f:ownerReferences": {'k:{"uid":"8"}': {}}}}
    assert owned(FIELDS) is owned(other)
