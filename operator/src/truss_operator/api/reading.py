"""Reads a TrussModel that this version of the operator may not understand, and says what it does not.

The API server holds objects to the definition that is installed, which may be of another version than the
operator. What cannot be read is told in the status; a retry would read the same.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from truss_operator.api.v1alpha1 import TrussModel

MOST_NESTED = 100
"""Levels below a field of spec. The definition cannot bound what it leaves open, and no recursion over it is
without an end, neither Python's nor that of whoever else reads the object."""


def read_model(obj: Mapping[str, Any]) -> tuple[TrussModel, tuple[str, ...]]:
    """The TrussModel, and what in its spec cannot be read.

    Args:
        obj: the object as the API server holds it.

    Returns:
        The TrussModel and no complaint; or what is left of it without the fields that cannot be read, fit to
        write a status for and not to build from, and a complaint for each, which begins with the field.

    Raises:
        ValidationError: what every object of the API has is not there, its metadata.
    """
    spec = obj.get("spec")
    told = spec if isinstance(spec, Mapping) else {}
    deep = {name for name, value in told.items() if _is_deeper(value, MOST_NESTED)}
    complaints = tuple(
        f"spec.{name}: nested deeper than {MOST_NESTED} levels: flatten it" for name in sorted(deep)
    )
    flat = {name: value for name, value in told.items() if name not in deep}
    try:
        return TrussModel.model_validate({**obj, "spec": flat} if deep else obj), complaints
    except ValidationError as error:
        complaints += tuple(_complaint(each["loc"], each["msg"]) for each in error.errors())
        bad = {str(each["loc"][1]) for each in error.errors() if len(each["loc"]) > 1}
    rest = {"image": "", **{name: value for name, value in flat.items() if name not in bad}}
    return TrussModel.model_validate({**obj, "spec": rest}), complaints


def _is_deeper(value: Any, most: int) -> bool:
    level = [value]
    for _ in range(most + 1):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return f"{path.removeprefix('.')}: {message}"
