"""Whether the operator is alive, and whether it has seen the cluster: what the probes ask."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """Reads the signs of life of the parts.

    A loop that hangs answers no probe at all, which is the answer. A loop that turns while the work does not
    is seen here.
    """

    listed: Callable[[], bool]
    """Whether the cache has been filled."""
    oldest_reconcile: Callable[[], float]
    """Seconds that the longest running reconcile has taken so far."""
    list_complaints: Callable[[], list[str]] = list
    """Which lists, and so perhaps the watches, are stuck."""
    watch_ailments: Callable[[], list[str]] = list
    """What is wrong with the watches, although they were begun anew."""
    hindrances: Callable[[], list[str]] = list
    """Why the cache has not been filled yet, as far as that is known."""
    max_reconcile: float = 300.0
    """Seconds after which it counts as stuck; every call that it makes has a deadline of 30 s."""

    def ailments(self) -> list[str]:
        """Why the process should be restarted; empty when it is well."""
        found = [*self.list_complaints(), *self.watch_ailments()]
        if self.oldest_reconcile() > self.max_reconcile:
            found.append(f"a reconcile has been running for {self.oldest_reconcile():.0f} s")
        return found

    def shortfalls(self) -> list[str]:
        """Why it is not ready; empty when it is."""
        return [] if self.listed() else ["the cluster has not been listed yet", *self.hindrances()]
