"""Merges a part of a pod over another, as ``kubectl patch`` would: named lists by name. Pure, and of JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

MERGE_KEYS = {
    "containers": "name",
    "env": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ports": "containerPort",
    "resourceClaims": "name",
    "claims": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""By the name of a list in a pod, the key that identifies its items: the API's own `patchMergeKey`."""


def merge(base: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The patch over the base.

    Objects are merged key by key, null takes a key away, a list of `MERGE_KEYS` is merged item by item: one
    that is there already in its place, any other behind. Everything else of the patch takes the place of
    what was there. What has another shape than a pod's is passed on as it is.
    """
    merged = dict(base)
    for key, value in patch.items():
        before = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            merged[key] = merge(before if isinstance(before, Mapping) else {}, value)
        elif key in MERGE_KEYS and isinstance(value, list):
            merged[key] = _merge_lists(before if isinstance(before, list) else [], value, MERGE_KEYS[key])
        else:
            merged[key] = value
    return merged


def _merge_lists(base: Sequence[Any], patch: Sequence[Any], key: str) -> list[Any]:
    merged = list(base)
    places = {_identity(item, key): place for place, item in enumerate(merged)}
    for item in patch:
        place = places.get(_identity(item, key)) if _identity(item, key) is not None else None
        if place is not None:
            merged[place] = merge(merged[place], item)
        else:
            merged.append(merge({}, item) if isinstance(item, Mapping) else item)
    return merged


def _identity(item: Any, key: str) -> str | int | None:
    value = item.get(key) if isinstance(item, Mapping) else None
    return value if isinstance(value, str | int) else None
