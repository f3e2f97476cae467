"""Whether the watches still tell what happens: they can fall silent while all else goes on.

Two signs. A watch that is alive asks anew every few minutes. And what has become known by other means, by a
list or by the answer to a write, it tells a moment later.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.unlisted import is_list, resource_at
from truss_operator.kube.resource import WATCHED, Resource

REQUEST_SECONDS = 300
"""How long one watch request lasts; then it is continued by the next."""
SILENT_SECONDS = REQUEST_SECONDS + 120.0
"""After so long without a request a watch counts as dead."""
LAG_SECONDS = 60.0
"""So long a watch may owe what is known otherwise."""


@dataclass(slots=True)
class _Watch:
    asked: float
    """When the last request of it began."""
    starts: int = 0
    lists: int = 0
    told: int = 0
    """The highest resourceVersion that it has told."""
    behind_since: float | None = None


class Freshness:
    """Keeps account of each watch.

    Args:
        cache: Holds what is known by any means.
        time: Monotonic seconds.
        relisted: Called when a watch lists everything anew, as it does when it has lost its place: then
            deletions have gone untold.
        places: In how many namespaces each is watched by itself.
    """

    def __init__(
        self, cache: Cache, time: Callable[[], float], relisted: Callable[[], None], *, places: int = 1
    ) -> None:
        self._cache = cache
        self._time = time
        self._relisted = relisted
        self._places = places
        self._watches = {resource: _Watch(time()) for resource in WATCHED}
        self._begun = asyncio.Event()

    async def begun(self) -> None:
        """Returns once every watch has begun: what happens from then on is told."""
        await self._begun.wait()

    def missing(self) -> list[str]:
        """What is not watched yet, since the start of the process."""
        return [resource.plural for resource, watch in self._watches.items() if watch.starts < self._places]

    def begin(self) -> None:
        """Gives every watch its time again: they are all begun anew."""
        for watch in self._watches.values():
            watch.asked, watch.behind_since = self._time(), None

    def requested(self, url: URL) -> None:
        """Takes note of a request that a watch begins."""
        resource = resource_at(url)
        if resource is None:
            return
        watch = self._watches[resource]
        watch.asked = self._time()
        if is_list(url):
            watch.lists += 1
            if watch.lists > self._places:
                self._relisted()
        elif "watch" in url.query:
            watch.starts += 1
            # It tells what comes after this; what went before, a list does.
            watch.told = max(watch.told, int(url.query.get("resourceVersion", "0")))
            if not self.missing():
                self._begun.set()

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
