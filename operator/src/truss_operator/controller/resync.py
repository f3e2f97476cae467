"""Fills the cache from a fresh list: before the first reconcile, and from time to time after it.

The first makes sure that no decision is taken on half of what is there. The later ones repair what a watch
lost (a deletion during a gap leaves no event) and have every TrussModel looked at once more.

Each place is listed by itself. One that cannot be is tried again by itself, and nothing of it is dropped.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from truss_operator.controller.cache import Cache, version_of
from truss_operator.controller.coverage import Coverage
from truss_operator.controller.key import Key, key_of
from truss_operator.controller.scope import Place, Scope
from truss_operator.controller.unlisted import NOBODY
from truss_operator.controller.urgency import Add, Urgency
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import ApiError, Forbidden, NotFound, Unauthorized
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.observation import Json

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLE_SECONDS = 1.0
"""From the first sign that a watch has lost its place to the list: when one has, mostly others have, too."""


class SetBackError(Exception):
    """The API server shows an earlier state than it did before: its store was restored from a backup.

    By resourceVersions, what is known now counts as newer than what is true, and the watches wait for a time
    that may never come. Nothing that is remembered is worth keeping: another process begins anew.
    """


@dataclass(slots=True)
class _Retry:
    """Of a place that could not be listed."""

    pause: float
    due: float


class Resync:
    """Lists all that is watched and puts the cache right.

    Args:
        api: The API server.
        cache: To be filled.
        add: Has a TrussModel reconciled.
        time: Monotonic seconds.
        scope: What is listed.
        coverage: Told what has been listed and what could not be.
    """

    def __init__(
        self,
        api: KubeApi,
        cache: Cache,
        add: Add,
        time: Callable[[], float],
        scope: Scope,
        coverage: Coverage,
    ) -> None:
        self._api = api
        self._cache = cache
        self._add = add
        self._time = time
        self._scope = scope
        self._coverage = coverage
        self._retries: dict[Place, _Retry] = {}
        self._wanted = asyncio.Event()
        self._filled = asyncio.Event()

    def soon(self) -> None:
        """Has everything listed before its time: a watch may have missed something."""
        self._wanted.set()

    @property
    def done(self) -> bool:
        """Whether the cache has been filled, with all that can be listed."""
        return self._filled.is_set()

    async def filled(self) -> None:
        """Returns when the cache has been filled."""
        await self._filled.wait()

    async def run(self, interval: float, jitter: random.Random) -> None:
        """Lists everything, now and again and again, until cancelled; no error of the API server ends it.

        Args:
            interval: Seconds from one list of everything to the next.
            jitter: Spreads them.

        Raises:
            SetBackError: What is listed is of an earlier time than what is known.
        """
        while True:
            self._wanted.clear()
            await self.once()
            end = self._time() + interval * jitter.uniform(0.9, 1.1)
            while not await self._is_wanted(end):
                await self._list_all(self._due())

    async def _is_wanted(self, end: float) -> bool:
        """Waits until everything is to be listed, or something that could not be."""
        due = min([end, *(retry.due for retry in self._retries.values())])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), max(0.0, due - self._time()))
            await asyncio.sleep(SETTLE_SECONDS)
            return True
        return self._time() >= end

    def _due(self) -> list[Place]:
        """What could not be listed and is to be tried again now."""
        now = self._time()
        return [place for place, retry in self._retries.items() if retry.due <= now]

    async def once(self) -> None:
        """Lists everything once, but for what failed and is to wait, and has every TrussModel reconciled."""
        due = self._due()
        await self._list_all(
            place for place in self._scope.places() if place not in self._retries or place in due
        )

    async def until_allowed(self) -> None:
        """Lists nothing of each place, to see whether that is allowed; again while it fails otherwise.

        Raises:
            Forbidden: In no namespace is all of it.
            Unauthorized: The API server does not know who asks.
        """
        refusals: dict[str, Forbidden] = {}
        realms = {place.namespace for place in self._scope.places()}
        for place in self._scope.places():
            try:
                await self._until_answered(place)
            except Forbidden as error:
                refusals.setdefault(place.namespace, error)
        if len(refusals) == len(realms):
            raise next(iter(refusals.values()))
        for realm, refusal in refusals.items():
            log.warning("namespace %s is not served until that is allowed: %s", realm, refusal)

    async def served(self) -> bool:
        """Whether the API server knows TrussModels, as far as it says: their definition may be deleted."""
        place, *_ = self._scope.places()
        try:
            await self._ask(Place(TRUSSMODELS, place.namespace))
        except NotFound as error:
            log.warning("the cluster serves no %s, is the definition deleted? %s", TRUSSMODELS.plural, error)
            return False
        except ApiError as error:
            log.debug("whether TrussModels are served is not told: %s", error)
        return True

    async def _until_answered(self, place: Place) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._ask(place)
            except (Forbidden, Unauthorized):
                raise
            except ApiError as error:
                wait = max(pause, error.retry_after or 0.0)
                log.warning("asking again in %.1f s: %s", wait, error)
                await asyncio.sleep(wait)
                pause = min(LONGEST_PAUSE, pause * 2)
            else:
                return

    async def _ask(self, place: Place) -> None:
        pages = self._api.list(place.resource, namespace=place.namespace, field_selector=NOBODY)
        async for _ in pages:
            pass

    async def _list_all(self, places: Iterable[Place]) -> None:
        news, realms = 0, set[str]()
        for place in places:
            try:
                news += await self._list(place)
            except ApiError as error:
                self._put_off(place, error)
            else:
                realms.add(place.namespace)
                self._took(place)
        if self.done and news:
            log.info("a fresh list brought %d changes that no watch had told yet", news)
        for key in self._cache.trussmodels():
            if self._scope.realm_of(key.namespace) in realms:
                self._add(key, Urgency.ROUTINE)
        if self._coverage.begun():
            self._filled.set()

    def _take(self, place: Place, obj: Json) -> bool:
        try:
            return self._cache.put(place.resource, obj) is not None
        except Exception:  # one object that cannot be read must not keep the others from being seen
            log.exception("%s %s was not understood", place.resource.plural, "/".join(key_of(obj)))
            return False

    def _took(self, place: Place) -> None:
        if self._coverage.trouble(place) is not None:
            log.info("listed again: %s", place)
        self._retries.pop(place, None)
        self._coverage.listed(place)

    def _put_off(self, place: Place, error: ApiError) -> None:
        before, known = self._retries.get(place), self._coverage.trouble(place)
        pause = FIRST_PAUSE if before is None else min(LONGEST_PAUSE, before.pause * 2)
        due = self._time() + max(pause, error.retry_after or 0.0)
        self._retries[place] = _Retry(pause, due)
        self._coverage.failed(place, error, due)
        level = logging.DEBUG if str(known) == str(error) else logging.WARNING
        log.log(level, "%s not listed, tried again until that is possible: %s", place, error)

    async def _list(self, place: Place) -> int:
        resource, namespace = place
        listed: dict[Key, int] = {}
        news, moment, seen = 0, "", self._cache.latest(resource, namespace)
        selector = self._scope.selector_of(resource)
        async for page in self._api.list(resource, namespace=namespace, label_selector=selector):
            moment = page.resource_version
            for obj in page.items:
                listed[key_of(obj)] = version_of(obj)
                news += self._take(place, obj)
            await asyncio.sleep(0)  # a page of large objects takes a while to digest; others are waiting
        if int(moment) < seen or self._cache.contradicts(resource, listed, seen):
            raise SetBackError(
                f"the API server shows {place} as they were before what it has shown already, as after a "
                "restore of etcd: the operator ends, to begin anew when it is started again"
            )
        gone = self._cache.prune(resource, listed, int(moment), namespace)
        for owner in gone:
            self._add(owner, Urgency.MOVED)
        return news + len(gone)
