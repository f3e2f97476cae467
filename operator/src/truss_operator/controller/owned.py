"""Whether an object is as an earlier process left it: told without another apply. Pure.

Two things together show that. An annotation holds the digest of the manifest that was applied. And the API
server keeps which fields are ours since then: whoever changes or removes one becomes its owner instead.
Source: Kubernetes documentation, "Server-Side Apply", field management; the format is that of
structured-merge-diff.
"""

import json
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from truss_operator.api.v1alpha1 import GROUP
from truss_operator.kube.document import dumps
from truss_operator.observation import Json

APPLIED_ANNOTATION = f"{GROUP}/applied"
"""On every child: the digest of the manifest that was applied last."""
_METADATA = ("labels", "annotations")


def applied_digest(obj: Json) -> str:
    """The digest of the manifest that an object was applied from; empty when it does not say."""
    annotations = obj["metadata"].get("annotations") or {}
    found: str = annotations.get(APPLIED_ANNOTATION) or ""
    return found


def owned_fields(obj: Json, manager: str) -> str:
    """The fields that a manager owns by apply, as JSON text, owner references aside; empty when it owns none.

    Objects made from similar manifests share one text, so that thousands of them cost the memory of one.
    """
    for entry in obj["metadata"].get("managedFields") or ():
        if (
            entry.get("manager") == manager
            and entry.get("operation") == "Apply"
            and not entry.get("subresource")
        ):
            fields = dict(entry.get("fieldsV1") or {})
            metadata = dict(fields.pop("f:metadata", None) or {})
            metadata.pop("f:ownerReferences", None)
            if metadata:  # empty it would say that all of it is ours
                fields["f:metadata"] = metadata
            return sys.intern(dumps(fields, sort_keys=True).decode())
    return ""


def covers(owned: str, manifest: Json) -> bool:
    """Whether every field of a manifest is among those owned. When in doubt, not: an apply does no harm.

    Args:
        owned: See `owned_fields`.
        manifest: A child, as the builders make it.
    """
    if not owned:
        return False
    metadata = {key: value for key, value in manifest["metadata"].items() if key in _METADATA}
    rest = {key: value for key, value in manifest.items() if key not in ("apiVersion", "kind", "metadata")}
    return _covers(_parsed(owned), {**rest, "metadata": metadata})


@lru_cache(maxsize=256)
def _parsed(owned: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(owned)
    return found


def _covers(fields: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_covers_key(fields, key, below) for key, below in value.items())
    if isinstance(value, list | tuple):
        return all(_covers_item(fields, item) for item in value)
    return True


def _covers_key(fields: Mapping[str, Any], key: str, value: Any) -> bool:
    below = fields.get(f"f:{key}")
    # An empty set is a leaf: a scalar, or a list or a map that is owned as a whole.
    return below is not None and (not below or _covers(below, value))


def _covers_item(fields: Mapping[str, Any], item: Any) -> bool:
    if not isinstance(item, Mapping):
        return f"v:{json.dumps(item, separators=(',', ':'))}" in fields
    for name, below in fields.items():
        if name.startswith("k:"):
            keys = json.loads(name[2:])
            # A key that the manifest leaves out has its default there.
            if all(item.get(key, value) == value for key, value in keys.items()):
                return not below or _covers(below, item)
    return False
