"""Whether the watches still tell what happens: they can fall silent while all else goes on.

Three signs. All watches begin at the same time. One that is alive asks anew every few minutes. And what has
become known by other means, by a list or by the answer to a write, it tells a moment later. One whose
requests fail, or are refused, is not silent: it is known why it tells nothing.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.scope import Place, Scope
from truss_operator.controller.unlisted import is_list, place_at
from truss_operator.kube.resource import WATCHED, Resource

REQUEST_SECONDS = 300
"""How long one watch request lasts; then it is continued by the next."""
SILENT_SECONDS = REQUEST_SECONDS + 120.0
"""After so long without a request a watch counts as dead."""
LAG_SECONDS = 60.0
"""So long a watch may owe what is known otherwise."""
BEGIN_SECONDS = 15.0
"""So long after another one a watch may begin."""
MOST_RESTARTS = 3
"""So often a silent watch is begun anew, before it is told that this does not help."""


@dataclass(slots=True)
class _Watch:
    asked: float
    """When a request of it began last, or was answered."""
    asks: bool = False
    """Whether it has asked since all were begun anew."""
    starts: int = 0
    lists: bool = False
    """Whether it lists, in order to watch from there."""
    failed: bool = False
    """Whether its last request was answered by an error, or not at all."""
    refused: bool = False
    """Whether that was for want of a permission."""
    told: int = 0
    """The highest resourceVersion that it has told."""
    behind_since: float | None = None
    absences: int = 0
    """How often it was begun anew for it did not ask, and has not asked since."""
    silences: int = 0
    """How often it was begun anew for it was behind, and has told nothing since."""


class Freshness:
    """Keeps account of each watch.

    Args:
        cache: Holds what is known by any means.
        time: Monotonic seconds.
        lapsed: Called when a watch begins from a list of its own after the others, as it does when it has
            lost its place, or was not allowed before: what happened in between goes untold.
        back: Called when the API server answers again: what has failed meanwhile need not wait any longer,
            and what it shows may be of an earlier time.
        scope: What is watched.
    """

    def __init__(
        self,
        cache: Cache,
        time: Callable[[], float],
        lapsed: Callable[[], None],
        back: Callable[[], None],
        scope: Scope,
    ) -> None:
        self._cache = cache
        self._time = time
        self._lapsed = lapsed
        self._back = back
        self._scope = scope
        self._watches = {place: _Watch(time()) for place in scope.places()}
        self._begun = asyncio.Event()
        self._cut_off = False
        self._asked: float | None = None
        """When the first of them asked since they were begun anew."""

    async def begun(self) -> None:
        """Returns once every watch has begun or was refused: what happens from then on the others tell."""
        await self._begun.wait()

    def missing(self) -> list[str]:
        """What is not watched yet, since the start of the process, and was not refused."""
        return [
            str(place) for place, watch in self._watches.items() if not watch.starts and not watch.refused
        ]

    def begin(self) -> None:
        """Gives every watch its time again: they are all begun anew."""
        self._asked = None
        for watch in self._watches.values():
            watch.asked, watch.asks, watch.failed, watch.behind_since = self._time(), False, False, None

    def requested(self, url: URL) -> None:
        """Takes note of a request that a watch begins."""
        place, watch = place_at(url), self._watch_at(url)
        if place is None or watch is None:
            return
        watch.asked, watch.asks, watch.absences = self._time(), True, 0
        self._asked = self._asked or watch.asked
        if is_list(url):
            watch.lists = True
        elif "watch" in url.query:
            watch.starts += 1
            # It tells what comes after this; what went before, a list does.
            watch.told = max(watch.told, int(url.query.get("resourceVersion", "0")))
            self._cache.reach(*place, watch.told)
            # Only now: a list that was begun before this would leave a gap between the two.
            if watch.lists and self._begun.is_set():
                self._lapsed()
            watch.lists = False
            self._look_whether_begun()

    def answered(self, url: URL, status: int | None) -> None:
        """Takes note of how a request of a watch was answered: with that status, or, None, not at all."""
        if status is None:
            self._cut_off = True
        elif self._cut_off:
            self._cut_off = False
            self._back()
        watch = self._watch_at(url)
        if watch is None:
            return
        watch.asked = self._time()
        watch.failed = status is None or status >= 400
        watch.refused = status == 403
        if watch.failed:
            watch.behind_since = None
        if watch.refused:
            self._look_whether_begun()

    def told(self, resource: Resource, namespace: str, version: int) -> None:
        """Takes note of what a watch tells."""
        watch = self._watches[Place(resource, self._scope.realm_of(namespace))]
        watch.told, watch.silences = max(watch.told, version), 0

    def starts(self) -> dict[str, int]:
        """How often each watch was begun, by resource."""
        starts = {resource.plural: 0 for resource in WATCHED}
        for place, watch in self._watches.items():
            starts[place.resource.plural] += watch.starts
        return starts

    def complaints(self) -> list[str]:
        """What is wrong with the watches; empty when all is well.

        To be asked now and then by whoever begins them all anew then, which is counted.
        """
        found = []
        for complaint, watch, absent in self._found():
            found.append(complaint)
            if absent:
                watch.absences += 1
            else:
                watch.silences += 1
        return found

    def ailments(self) -> list[str]:
        """With which watches it did not help to begin them anew."""
        found = []
        for place, watch in self._watches.items():
            if watch.absences >= MOST_RESTARTS:
                found.append(f"the watch of {place}, begun anew {watch.absences} times, does not ask")
            elif watch.silences >= MOST_RESTARTS:
                found.append(f"the watch of {place}, begun anew {watch.silences} times, tells nothing")
        return found

    def _watch_at(self, url: URL) -> _Watch | None:
        place = place_at(url)
        return self._watches.get(place) if place is not None else None

    def _look_whether_begun(self) -> None:
        if not self._begun.is_set() and not self.missing():
            self._begun.set()

    def _found(self) -> Iterator[tuple[str, _Watch, bool]]:
        """What is wrong with which watch, and whether it is that it does not ask."""
        now = self._time()
        for place, watch in self._watches.items():
            if not watch.asks and self._asked is not None and now - self._asked > BEGIN_SECONDS:
                yield f"the watch of {place} has not begun", watch, True
            elif now - watch.asked > SILENT_SECONDS:
                yield f"the watch of {place} has ended {now - watch.asked:.0f} s ago", watch, True
            elif watch.failed or watch.told >= self._cache.latest(*place):
                watch.behind_since = None
            elif watch.behind_since is None:
                watch.behind_since = now
            elif (behind := now - watch.behind_since) > LAG_SECONDS:
                yield f"the watch of {place} is behind for {behind:.0f} s", watch, False
