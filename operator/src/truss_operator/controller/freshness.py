"""Whether the watches still tell what happens: they can fall silent while all else goes on.

Three signs. All watches begin at the same time. One that is alive asks anew every few minutes. And what has
become known by other means, by a list or by the answer to a write, it tells a moment later.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.unlisted import is_list, resource_at
from truss_operator.kube.errors import NO_ANSWER
from truss_operator.kube.resource import WATCHED, Resource

REQUEST_SECONDS = 300
"""How long one watch request lasts; then it is continued by the next."""
SILENT_SECONDS = REQUEST_SECONDS + 120.0
"""After so long without a request a watch counts as dead."""
LAG_SECONDS = 60.0
"""So long a watch may owe what is known otherwise."""
BEGIN_SECONDS = 15.0
"""So long after another one a watch may begin."""


@dataclass(slots=True)
class _Watch:
    asked: float
    """When the last request of it began."""
    asks: bool = False
    """Whether it has asked since all were begun anew."""
    starts: int = 0
    listed: set[str] = field(default_factory=set)
    """Paths that it lists in order to watch them."""
    watched: set[str] = field(default_factory=set)
    """Paths that it has watched."""
    told: int = 0
    """The highest resourceVersion that it has told."""
    behind_since: float | None = None


class Freshness:
    """Keeps account of each watch.

    Args:
        cache: Holds what is known by any means.
        time: Monotonic seconds.
        lapsed: Called when a watch has begun anew from a list of its own, as it does when it has lost its
            place: what happened in between goes untold.
        back: Called when the API server answers again: what has failed meanwhile need not wait any longer.
        places: In how many namespaces each is watched by itself.
    """

    def __init__(
        self,
        cache: Cache,
        time: Callable[[], float],
        lapsed: Callable[[], None],
        back: Callable[[], None],
        *,
        places: int = 1,
    ) -> None:
        self._cache = cache
        self._time = time
        self._lapsed = lapsed
        self._back = back
        self._places = places
        self._watches = {resource: _Watch(time()) for resource in WATCHED}
        self._begun = asyncio.Event()
        self._cut_off = False
        self._asked: float | None = None
        """When the first of them asked since they were begun anew."""

    async def begun(self) -> None:
        """Returns once every watch has begun: what happens from then on is told."""
        await self._begun.wait()

    def missing(self) -> list[str]:
        """What is not watched yet, since the start of the process."""
        return [resource.plural for resource, watch in self._watches.items() if watch.starts < self._places]

    def begin(self) -> None:
        """Gives every watch its time again: they are all begun anew."""
        self._asked = None
        for watch in self._watches.values():
            watch.asked, watch.asks, watch.behind_since = self._time(), False, None

    def requested(self, url: URL) -> None:
        """Takes note of a request that a watch begins."""
        resource = resource_at(url)
        if resource is None:
            return
        watch = self._watches[resource]
        watch.asked, watch.asks = self._time(), True
        self._asked = self._asked or watch.asked
        if is_list(url):
            watch.listed.add(url.path)
        elif "watch" in url.query:
            watch.starts += 1
            # It tells what comes after this; what went before, a list does.
            watch.told = max(watch.told, int(url.query.get("resourceVersion", "0")))
            if not self.missing():
                self._begun.set()
            # Only now: a list that was begun before this would leave a gap between the two.
            if url.path in watch.listed & watch.watched:
                self._lapsed()
            watch.listed.discard(url.path)
            watch.watched.add(url.path)

    def answered(self, code: str) -> None:
        """Takes note of how a request of a watch ended: with that status code, or `NO_ANSWER`."""
        if code == NO_ANSWER:
            self._cut_off = True
        elif self._cut_off:
            self._cut_off = False
            self._back()

    def told(self, resource: Resource, version: int) -> None:
        """Takes note of what a watch tells."""
        watch = self._watches[resource]
        watch.told = max(watch.told, version)

    def starts(self) -> dict[str, int]:
        """How often each watch was begun, by resource."""
        return {resource.plural: watch.starts for resource, watch in self._watches.items()}

    def complaints(self) -> list[str]:
        """What is wrong with the watches; empty when all is well. To be asked now and then."""
        found = []
        for resource, watch in self._watches.items():
            now = self._time()
            if not watch.asks and self._asked is not None and now - self._asked > BEGIN_SECONDS:
                found.append(f"the watch of {resource.plural} has not begun")
            if now - watch.asked > SILENT_SECONDS:
                found.append(f"the watch of {resource.plural} has ended {now - watch.asked:.0f} s ago")
            if watch.told >= self._cache.latest(resource):
                watch.behind_since = None
                continue
            if watch.behind_since is None:
                watch.behind_since = now
            if now - watch.behind_since > LAG_SECONDS:
                behind = now - watch.behind_since
                found.append(f"the watch of {resource.plural} is behind for {behind:.0f} s")
        return found
