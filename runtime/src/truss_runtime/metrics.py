"""What is counted: plain numbers that the event loop adds to, and that a scrape reads from any thread.

A request pays for a few additions, not for the label look-ups and locks of a metrics library; that comes in
when somebody asks (``web/exposition.py``). docs/reference/http-surface.md lists the names.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from truss_runtime.exchange import Exchange

DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""Seconds. From an echo to the longest request that is let through."""
LAG_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60)

REFUSED = frozenset({401, 413, 429, 503})
"""Statuses of requests that never reached the model."""


class Tally:
    """A histogram.

    Args:
        bounds: the upper bounds of its buckets, ascending.
    """

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Takes in one observation."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class RouteTally:
    """What is counted of one route."""

    __slots__ = ("cancelled", "chunks", "durations", "first_chunks", "rejected", "statuses")

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.durations = Tally(DURATION_BUCKETS)
        self.first_chunks = Tally(DURATION_BUCKETS)
        self.chunks = 0
        self.cancelled: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()


class Metrics:
    """All that is counted of this process."""

    def __init__(self) -> None:
        self.routes: dict[str, RouteTally] = {}
        self.loop_lag = Tally(LAG_BUCKETS)
        self.load_seconds: float | None = None

    def of(self, route: str) -> RouteTally:
        """Returns what is counted of a route, by its path."""
        found = self.routes.get(route)
        if found is None:
            found = self.routes[route] = RouteTally()
        return found

    def record(self, exchange: Exchange, route: str, seconds: float) -> None:
        """Takes in a request that is over.

        Args:
            exchange: the request.
            route: the path of its route.
            seconds: how long it took.
        """
        tally = self.of(route)
        status = exchange.final_status
        tally.statuses[status] += 1
        tally.durations.add(seconds)
        if exchange.first_chunk_seconds is not None:
            tally.first_chunks.add(exchange.first_chunk_seconds)
            tally.chunks += exchange.chunks
        if exchange.ended_early is not None:
            tally.cancelled[exchange.ended_early] += 1
        elif status in REFUSED and exchange.code is not None:
            tally.rejected[exchange.code] += 1
