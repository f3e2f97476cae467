"""A revision as it is kept in a ControllerRevision: what shaped its pods, and what became of it.

Spec and pod template never change there (the API server sees to that), so that a restored revision is that
one, and a newer operator leaves the pods of an unchanged revision alone. What became of it stands beside them
in an annotation: with that a status that was lost is written anew, and a failed revision is not tried again.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from truss_operator.api.apitype import ApiType
from truss_operator.api.v1alpha1 import GROUP, LastFailure, RevisionStatus, TrussModel
from truss_operator.builders.digest import canonical
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.meta import child_metadata
from truss_operator.builders.names import revision_name
from truss_operator.builders.refusals import escapes_of
from truss_operator.observation import Json
from truss_operator.status.history import LENGTH
from truss_operator.status.lenient import field, objects

RECORD_ANNOTATION = f"{GROUP}/record"


class Record(ApiType):
    """What became of a revision."""

    entry: RevisionStatus
    """As in ``status.history``."""
    failure: LastFailure | None = None
    """Of a revision that failed."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One revision."""

    revision: str
    number: int
    """The revision that was asked for last has the highest."""
    data: str
    """Spec and pod template, as JSON text: parsed only where they are needed."""
    record: Record | None = None

    def template(self) -> dict[str, Any] | None:
        """The pod template, or None when there is none that could be applied.

        Whoever may write ControllerRevisions in the namespace may not be allowed to run pods there: one that
        leaves its box is not the operator's.
        """
        template = self._part("template")
        named = field(template, "metadata", "labels", REVISION_LABEL) == self.revision
        whole = named and objects(template, "spec", "containers")
        return template if whole and not escapes_of(template) else None

    def spec(self) -> dict[str, Any]:
        """The spec that it was made from."""
        return self._part("spec")

    def _part(self, name: str) -> dict[str, Any]:
        document = json.loads(self.data)
        part = document.get(name) if isinstance(document, dict) else None
        return part if isinstance(part, dict) else {}


def store(model: TrussModel, revision: str, number: int, template: Json) -> Stored:
    """The wanted revision of a TrussModel, to be kept."""
    return Stored(revision, number, canonical({"spec": model.spec.as_json(), "template": template}))


def read(obj: Json) -> Stored | None:
    """Reads a ControllerRevision as the cache holds it; None when it is none of a TrussModel."""
    metadata = obj["metadata"]
    revision = (metadata.get("labels") or {}).get(REVISION_LABEL)
    if not revision:
        return None
    text = (metadata.get("annotations") or {}).get(RECORD_ANNOTATION)
    return Stored(revision, obj.get("revision", 0), obj["data"], _record(text, revision))


def manifest(model: TrussModel, stored: Stored) -> dict[str, Any]:
    """The ControllerRevision to apply."""
    metadata = child_metadata(model, revision_name(model, stored.revision))
    metadata["labels"] = {**metadata["labels"], REVISION_LABEL: stored.revision}
    if stored.record is not None:
        metadata["annotations"] = {RECORD_ANNOTATION: canonical(stored.record.as_json())}
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": metadata,
        "revision": stored.number,
        "data": json.loads(stored.data),
    }


def surplus(stored: Iterable[Stored], needed: set[str]) -> tuple[str, ...]:
    """The revisions to drop: the oldest past what a status tells of, but none that is needed."""
    by_age = sorted(stored, key=lambda one: one.number)
    droppable = [one.revision for one in by_age if one.revision not in needed]
    return tuple(droppable[: max(0, len(by_age) - LENGTH)])


def _record(text: str | None, revision: str) -> Record | None:
    try:
        record = Record.model_validate_json(text or "")
    except ValidationError:
        return None
    return record if record.entry.revision == revision else None
