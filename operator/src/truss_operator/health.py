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
    list_age: Callable[[], float]
    """Seconds since the last full list."""
    max_list_age: float
    """Seconds after which the lists, and so perhaps the watches, count as stuck."""
    oldest_reconcile: Callable[[], float]
    """Seconds that the longest running reconcile has taken so far."""
    watch_complaints: Callable[[], list[str]] = list
    """What is wrong with the watches. They are begun anew before this is asked, so it should be rare."""
    max_reconcile: float = 300.0
    """Seconds after which it counts as stuck; every call that it makes has a deadline of 30 s."""
    list_trouble: Callable[[], str] = str
    """Why no full list has succeeded since the last."""

    def ailments(self) -> list[str]:
        """Why the process should be restarted; empty when it is well."""
        found = self.watch_complaints()
        if self.list_age() > self.max_list_age:
            why = self.list_trouble()
            found.append(f"the last full list is {self.list_age():.0f} s old" + (f": {why}" if why else ""))
        if self.oldest_reconcile() > self.max_reconcile:
            found.append(f"a reconcile has been running for {self.oldest_reconcile():.0f} s")
        return found

    def shortfalls(self) -> list[str]:
        """Why it is not ready; empty when it is."""
        return [] if self.listed() else ["the cluster has not been listed yet"]
