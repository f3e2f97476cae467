"""Where in spec a field of the Deployment comes from: the API server names fields nobody wrote."""

import re
from collections.abc import Mapping
from typing import Any

from truss_operator.builders.container import CONTAINER_NAME
from truss_operator.builders.merge import MERGE_KEYS

_TOKEN = re.compile(r"\.?([^.\[\]]+)|\[([^\]]*)\]")
_CONTAINER = f'[name="{CONTAINER_NAME}"]'
_OF_THE_CONTAINER = {"image", "imagePullPolicy", "env", "envFrom", "resources", "volumeMounts"}
_OF_THE_POD = {
    "affinity",
    "imagePullSecrets",
    "nodeSelector",
    "priorityClassName",
    "resourceClaims",
    "runtimeClassName",
    "serviceAccountName",
    "tolerations",
    "topologySpreadConstraints",
    "volumes",
}
"""Fields that stand in spec under the name that they have in a pod."""


def origin_of(field: str, manifest: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """The field of the TrussModel that a field of a child comes from.

    Args:
        field: as the API server names it: ``spec.template.spec.volumes[1].csi``. A place in a list of named
            items is told by name, for ours stand before the user's.
        manifest: the child as it was applied.
        spec: that of the TrussModel.

    Returns:
        The field in ``spec.podTemplate`` if that holds it, or if nothing else can have brought it; else the
        field in spec; for what is not of the pods the field as it was given.
    """
    tokens = [name or f"[{place}]" for name, place in _TOKEN.findall(field)]
    if tokens[:2] != ["spec", "template"] or len(tokens) < 3:
        return field
    if tokens[2] in ("labels", "annotations"):  # the API server leaves out the metadata between
        return f"spec.podTemplate.metadata{_joined(tokens[2:])}"
    if tokens[2] != "spec" or len(tokens) < 4:
        return f"spec.podTemplate{_joined(tokens[2:])}"
    named = _named(tokens[3:], manifest["spec"]["template"]["spec"])
    over = (spec.get("podTemplate") or {}).get("spec") or {}
    if not _holds(over, named[:-1] or named):
        if named[:2] == ["containers", _CONTAINER] and set(named[2:3]) & _OF_THE_CONTAINER:
            return f"spec{_joined(named[2:])}"
        if named[0] in _OF_THE_POD:
            return f"spec{_joined(named)}"
    return f"spec.podTemplate.spec{_joined(named)}"


def _named(tokens: list[str], value: Any) -> list[str]:
    """The tokens, with places in lists told by the name of what stands there."""
    named: list[str] = []
    for token in tokens:
        value = _step(value, token)
        key = MERGE_KEYS.get(named[-1]) if named and token.startswith("[") else None
        name = value.get(key) if isinstance(value, Mapping) and key is not None else None
        named.append(f'[{key}="{name}"]' if name is not None else token)
    return named


def _holds(value: Any, tokens: list[str]) -> bool:
    for token in tokens:
        value = _step(value, token)
    return value is not None


def _step(value: Any, token: str) -> Any:
    """What stands at a key, at a place (``[1]``) or under a name (``[name="model"]``), or None."""
    if not token.startswith("["):
        return value.get(token) if isinstance(value, Mapping) else None
    if not isinstance(value, list):
        return None
    if token[1:-1].isdecimal():
        return value[int(token[1:-1])] if int(token[1:-1]) < len(value) else None
    key, _, name = token[1:-1].partition("=")
    items = (item for item in value if isinstance(item, Mapping))
    return next((item for item in items if f'"{item.get(key)}"' == name), None)


def _joined(tokens: list[str]) -> str:
    return "".join(token if token.startswith("[") else f".{token}" for token in tokens)
