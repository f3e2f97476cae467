"""What a new CustomResourceDefinition would break of what the released one has promised.

An object that was valid stays valid and means the same; a client that reads a field finds it. Whatever
narrows is told, also where no object may be hurt: who knows what is stored. Rules after the API's own
(https://kubernetes.io/docs/reference/using-api/deprecation-policy/ and sig-architecture's api_changes.md).
"""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

_AT_LEAST = ("minimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "maxLength", "maxItems", "maxProperties")
_SAME = (
    "type",
    "default",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
)
"""What may neither come nor go nor change: the stored object would mean something else."""
_ONLY_LESS = (
    "allOf",
    "anyOf",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "uniqueItems",
)
"""What may go, and neither come nor change."""
_ONLY_MORE = ("nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource")
"""What may come, and not go."""


def breaks(released: Json, new: Json) -> list[str]:
    """Each thing that the new definition takes back, as where and what; nothing when none is."""
    return [*_of_the_whole(released["spec"], new["spec"]), *_of_the_versions(released["spec"], new["spec"])]


def _of_the_whole(released: Json, new: Json) -> Iterator[str]:
    for field in ("group", "scope"):
        if released[field] != new[field]:
            yield f"{field}: {released[field]} is {new[field]} now"
    for field, name in released["names"].items():
        found = new["names"].get(field)
        if isinstance(name, list):
            yield from (f"names.{field}: {one} is gone" for one in name if one not in (found or []))
        elif found != name:
            yield f"names.{field}: {name} is {found} now"


def _of_the_versions(released: Json, new: Json) -> Iterator[str]:
    versions = {version["name"]: version for version in new["versions"]}
    for version in released["versions"]:
        name = version["name"]
        if not version["served"]:
            continue
        if name not in versions or not versions[name]["served"]:
            yield f"{name}: no longer served"
            continue
        yield from _of_the_surface(name, version, versions[name])
        schemas = (each["schema"]["openAPIV3Schema"] for each in (version, versions[name]))
        yield from _of_the_schema(name, *schemas)


def _of_the_surface(name: str, released: Json, new: Json) -> Iterator[str]:
    for subresource, paths in released.get("subresources", {}).items():
        if new.get("subresources", {}).get(subresource) != paths:
            yield f"{name}: subresource {subresource} is gone or another"
    for field, key in (("additionalPrinterColumns", "name"), ("selectableFields", "jsonPath")):
        left = {each[key] for each in new.get(field, ())}
        yield from (
            f"{name}: {field}: {e[key]} is gone" for e in released.get(field, ()) if e[key] not in left
        )


def _of_the_schema(path: str, released: Json, new: Json) -> Iterator[str]:
    yield from _of_the_values(path, released, new)
    for name, inner in released.get("properties", {}).items():
        if name in new.get("properties", {}):
            yield from _of_the_schema(f"{path}.{name}", inner, new["properties"][name])
        else:
            yield f"{path}.{name}: removed"
    for name in sorted({*new.get("required", ())} - {*released.get("required", ())}):
        if "default" not in new["properties"][name]:
            yield f"{path}.{name}: required now"
    for key in ("items", "additionalProperties"):
        if isinstance(released.get(key), Mapping) and isinstance(new.get(key), Mapping):
            yield from _of_the_schema(f"{path}[]", released[key], new[key])
        elif released.get(key) != new.get(key):
            yield f"{path}: {key} is another"


def _of_the_values(path: str, released: Json, new: Json) -> Iterator[str]:
    """What is narrower of a schema itself."""
    for key in (*_SAME, *_ONLY_LESS, *_ONLY_MORE):
        before, after = released.get(key), new.get(key)
        lets_go, lets_come = key in _ONLY_LESS and not after, key in _ONLY_MORE and not before
        if before != after and not lets_go and not lets_come:
            yield f"{path}: {key} {before} is {after} now"
    for keys, sign in ((_AT_LEAST, 1), (_AT_MOST, -1)):
        for key in keys:
            before, after = released.get(key), new.get(key)
            if after is not None and (before is None or sign * after > sign * before):
                yield f"{path}: {key} {before} is {after} now"
    if "enum" in new and "enum" not in released:
        yield f"{path}: an enum now"
    left = new.get("enum", released.get("enum"))
    yield from (f"{path}: {one} is gone" for one in released.get("enum", ()) if one not in left)
    known = {rule["rule"] for rule in released.get("x-kubernetes-validations", ())}
    for rule in new.get("x-kubernetes-validations", ()):
        if rule["rule"] not in known:
            yield f"{path}: a new rule: {rule['rule']}"
