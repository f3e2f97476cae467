"""JSON merge patches (RFC 7386): the smallest one that turns one document into another."""

from collections.abc import Mapping
from typing import Any


def merge_patch(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that makes `old` equal to `new`; empty when they are.

    `new` holds no None: in a merge patch that means "remove", and the API server stores none either.
    Lists are replaced whole.
    """
    patch: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if key not in old:
            patch[key] = value
            continue
        was = old[key]
        if isinstance(was, Mapping) and isinstance(value, Mapping):
            if difference := merge_patch(was, value):
                patch[key] = difference
            elif was != value:
                patch[key] = value
        elif was != value:
            patch[key] = value
    return patch
