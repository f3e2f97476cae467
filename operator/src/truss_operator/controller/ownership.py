"""Whose an object is: told by its controller reference, for pods by their label."""

from truss_operator.api.v1alpha1 import GROUP, KIND
from truss_operator.builders.labels import MANAGED_BY_LABEL, MANAGER, NAME_LABEL
from truss_operator.controller.key import Key
from truss_operator.observation import Json


def controller_of(obj: Json) -> Json | None:
    """The owner reference of the controller of an object, if it has one."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((reference for reference in references if reference.get("controller")), None)


def is_ours(obj: Json, uid: str) -> bool:
    """Whether an object is a child of the TrussModel with that uid."""
    controller = controller_of(obj)
    return controller is not None and controller["uid"] == uid


def is_labelled(obj: Json) -> bool:
    """Whether an object carries the label by which the watches select."""
    return (obj["metadata"].get("labels") or {}).get(MANAGED_BY_LABEL) == MANAGER


def is_predecessors(obj: Json, name: str, uid: str) -> bool:
    """Whether it is a child of an earlier TrussModel of the same name, soon to be garbage-collected."""
    controller = controller_of(obj)
    return (
        controller is not None
        and _is_trussmodel(controller)
        and (controller["name"] == name and controller["uid"] != uid)
    )


def owner_key(obj: Json) -> Key | None:
    """The TrussModel that an object belongs to; None if it belongs to none."""
    metadata = obj["metadata"]
    controller = controller_of(obj)
    if controller is not None and _is_trussmodel(controller):
        return Key(metadata["namespace"], controller["name"])
    name = (metadata.get("labels") or {}).get(NAME_LABEL)
    return Key(metadata["namespace"], name) if name else None


def _is_trussmodel(reference: Json) -> bool:
    return bool(reference["kind"] == KIND and reference["apiVersion"].startswith(f"{GROUP}/"))
