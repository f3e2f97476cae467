"""Which change of a status is worth an Event: another reason of ``Ready``, and routes that are gone. Pure.

The reason sums everything up, failures included (docs/reference/status.md), so that one fact makes one Event.
"""

from collections.abc import Mapping
from typing import Any

from truss_operator.api.v1alpha1 import RevisionStatus
from truss_operator.kube.events import Fact
from truss_operator.status.history import dropped_routes
from truss_operator.status.reasons import FAILURES, ROLLED_BACK, SERVING
from truss_operator.status.verdict import no_longer


def facts_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Fact]:
    """The Events that the change from one status to the next calls for."""
    return [fact for fact in (fact_of(old, new), _routes_dropped(old, new)) if fact is not None]


def fact_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> Fact | None:
    """The Event for another reason of ``Ready``, if it is another."""
    before, after = _ready(old), _ready(new)
    if after is None:
        return None
    reason = after["reason"]
    failed = reason in FAILURES
    if before is None and not failed and reason != SERVING.name:
        return None  # a new object on its way: no news to whoever made it
    same = before is not None and before["reason"] == reason
    if same and (reason != ROLLED_BACK.name or _same(old, new)):
        return None
    return Fact("Warning" if failed else "Normal", reason, after.get("message") or reason)


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether both speak of one wanted revision: another that is restored from is another fact."""
    one, other = (status.get("history") or [{}] for status in (old, new))
    return bool(one[0].get("revision") == other[0].get("revision"))


def _routes_dropped(old: Mapping[str, Any], new: Mapping[str, Any]) -> Fact | None:
    """That the revision which serves from now on lacks routes of the one before."""
    revision = new.get("activeRevision")
    if not revision or revision == old.get("activeRevision"):
        return None
    entries = [RevisionStatus.model_validate(entry) for entry in new.get("history") or ()]
    kinds, before = dropped_routes(entries, revision)
    return (
        Fact("Warning", "RoutesDropped", f"Revision {revision}:{no_longer(kinds, before)}") if kinds else None
    )


def _ready(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    conditions = status.get("conditions") or ()
    return next((condition for condition in conditions if condition["type"] == "Ready"), None)
