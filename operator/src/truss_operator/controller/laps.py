"""Where the time of one reconcile goes: told in the log when it is a slow one.

The reconciler marks its laps; the workers begin the account and read it. Calls of one reconcile that run side
by side are one lap.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Laps:
    """An account of seconds by lap.

    Args:
        time: Monotonic seconds.
    """

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._spent: dict[str, float] = {}

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        """Adds what is done meanwhile to a lap; laps do not nest."""
        began = self._time()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + self._time() - began

    def __str__(self) -> str:
        """Such as ``apply 6.9 s, status 0.2 s``, the longest first."""
        longest = sorted(self._spent.items(), key=lambda each: -each[1])
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in longest)


_current: ContextVar[Laps | None] = ContextVar("laps", default=None)


@contextmanager
def counted(laps: Laps) -> Iterator[None]:
    """Has the laps of this context entered in this account."""
    token = _current.set(laps)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def lap(name: str) -> Iterator[None]:
    """Enters what is done meanwhile in the account of the running reconcile, if there is one."""
    laps = _current.get()
    if laps is None:
        yield
        return
    with laps.lap(name):
        yield
