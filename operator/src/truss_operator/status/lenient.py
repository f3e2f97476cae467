"""Reading JSON of others leniently: whatever a Deployment or a pod holds, nothing raises."""

from collections.abc import Mapping
from typing import Any

_INT32_MAX = 2**31 - 1


def field(obj: object, *path: str) -> Any:
    """The value at a path of keys, or None where there is none."""
    for key in path:
        if not isinstance(obj, Mapping):
            return None
        obj = obj.get(key)
    return obj


def text(obj: object, *path: str) -> str:
    """The string at a path, or an empty one."""
    value = field(obj, *path)
    return value if isinstance(value, str) else ""


def count(obj: object, *path: str) -> int:
    """The number at a path, within what an int32 that counts things may be; 0 where there is none."""
    value = field(obj, *path)
    return min(max(value, 0), _INT32_MAX) if isinstance(value, int) and not isinstance(value, bool) else 0


def objects(obj: object, *path: str) -> list[Mapping[str, Any]]:
    """The objects of the list at a path; other items are left out."""
    value = field(obj, *path)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []
