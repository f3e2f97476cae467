"""How long a container has to end, in seconds: the runtime drains, then finishes the calls in flight."""

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.settings import Timeouts

_DRAIN_SECONDS = 10
_GRACE_SECONDS = 120
"""The runtime's own defaults (docs/reference/runtime-settings.md)."""
_MARGIN_SECONDS = 5
"""The interpreter's own."""


def end_seconds(model: TrussModel) -> int:
    """From SIGTERM to the end: the drain, the calls in flight, and the interpreter's own."""
    timeouts = model.spec.timeouts or Timeouts()
    grace = _GRACE_SECONDS if timeouts.grace_seconds is None else timeouts.grace_seconds
    return brief_end_seconds(model) + grace


def brief_end_seconds(model: TrussModel) -> int:
    """The same for a container that is no longer alive: what hangs is not waited for."""
    timeouts = model.spec.timeouts or Timeouts()
    drain = _DRAIN_SECONDS if timeouts.drain_seconds is None else timeouts.drain_seconds
    return drain + _MARGIN_SECONDS
