"""Which change of a status is worth an Event: another reason of ``Ready``. Pure.

The reason sums everything up, failures included (docs/reference/status.md), so that one fact makes one Event.
"""

from collections.abc import Mapping
from typing import Any

from truss_operator.kube.events import Fact

_GOOD = frozenset({"Serving", "ScaledToZero", "Progressing", "Scaling", "Paused"})


def fact_of(old: Mapping[str, Any], new: Mapping[str, Any]) -> Fact | None:
    """The Event that the change from one status to the next calls for, if any."""
    before, after = _ready(old), _ready(new)
    if after is None:
        return None
    reason = after["reason"]
    if before is None and reason in _GOOD and reason != "Serving":
        return None  # a new object on its way: no news to whoever made it
    if before is not None and before["reason"] == reason:
        return None
    return Fact("Normal" if reason in _GOOD else "Warning", reason, after.get("message") or reason)


def _ready(status: Mapping[str, Any]) -> Mapping[str, Any] | None:
    conditions = status.get("conditions") or ()
    return next((condition for condition in conditions if condition["type"] == "Ready"), None)
