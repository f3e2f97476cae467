"""Merge patches (RFC 7386)."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.kube.merge_patch import merge_patch

leaves = st.booleans() | st.integers(2, 4) | st.sampled_from(["", "a", "b"])
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=10,
)
documents = st.dictionaries(st.sampled_from("xyz"), values, max_size=3)


def merged(target: Any, patch: Any) -> Any:
    """The algorithm of RFC 7386, section 2, as it stands there."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


@given(documents, documents)
def test_patch_makes_the_old_equal_to_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert merged(old, merge_patch(old, new)) == new


@given(documents)
def test_patch_of_equal_documents_is_empty(document: dict[str, Any]) -> None:
    assert merge_patch(document, document) == {}


def test_patch_holds_only_what_differs() -> None:
    old = {"same": 1, "gone": 1, "deep": {"same": 1, "other": 1}, "list": [1, 2]}
    new = {"same": 1, "deep": {"same": 1, "other": 2}, "list": [1, 3]}
    assert merge_patch(old, new) == {"gone": None, "deep": {"other": 2}, "list": [1, 3]}
