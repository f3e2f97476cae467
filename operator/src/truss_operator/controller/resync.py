"""Fills the cache from a fresh list: before the first reconcile, and from time to time after it.

The first makes sure that no decision is taken on half of what is there. The later ones repair what a watch
lost (a deletion during a gap leaves no event) and have every TrussModel looked at once more.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable

from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key, key_of
from truss_operator.controller.scope import Scope
from truss_operator.controller.unlisted import NOBODY
from truss_operator.controller.urgency import Add, Urgency
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import ApiError, Forbidden, NotFound, Unauthorized
from truss_operator.kube.resource import TRUSSMODELS, WATCHED, Resource

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
SETTLE_SECONDS = 1.0
"""From the first sign that a watch has lost its place to the list: when one has, mostly others have, too."""


class Resync:
    """Lists all that is watched and puts the cache right.

    Args:
        api: The API server.
        cache: To be filled.
        add: Has a TrussModel reconciled.
        time: Monotonic seconds.
        scope: What is listed.
    """

    def __init__(self, api: KubeApi, cache: Cache, add: Add, time: Callable[[], float], scope: Scope) -> None:
        self._api = api
        self._cache = cache
        self._add = add
        self._time = time
        self._scope = scope
        self._last: float | None = None
        self._trouble = ""
        self._wanted = asyncio.Event()

    def soon(self) -> None:
        """Has everything listed before its time: a watch may have missed something."""
        self._wanted.set()

    @property
    def done(self) -> bool:
        """Whether the cache has been filled."""
        return self._last is not None

    def age(self) -> float:
        """Seconds since the last full list; 0 before the first."""
        return 0.0 if self._last is None else self._time() - self._last

    @property
    def trouble(self) -> str:
        """Why the last full list failed; empty when it did not."""
        return self._trouble

    async def run(self, interval: float, jitter: random.Random) -> None:
        """Lists again and again, until cancelled; an error of the API server is no reason to end."""
        while True:
            pause = interval * jitter.uniform(0.9, 1.1)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), pause)
                await asyncio.sleep(SETTLE_SECONDS)
            self._wanted.clear()
            await self.until_done()

    async def until_allowed(self) -> None:
        """Lists nothing of each kind, to see whether that is allowed; again while it fails otherwise.

        Raises:
            Forbidden, Unauthorized: It is not.
        """
        await _patiently(self._try, START_ERRORS)

    async def until_done(self) -> None:
        """Lists everything, again with growing pauses while that fails."""
        await _patiently(self._remembering)

    async def once(self) -> None:
        """Lists everything once and has every TrussModel reconciled.

        Raises:
            ApiError: A list failed; what was listed before is in the cache.
        """
        news = 0
        for resource in WATCHED:
            news += await self._list(resource)
        if self.done and news:
            log.info("a fresh list brought %d changes that no watch had told yet", news)
        self._last = self._time()
        for key in self._cache.trussmodels():
            self._add(key, Urgency.ROUTINE)

    async def _remembering(self) -> None:
        try:
            await self.once()
        except ApiError as error:
            self._trouble = str(error)
            raise
        self._trouble = ""

    async def served(self) -> bool:
        """Whether the API server knows TrussModels, as far as it says: their definition may be deleted."""
        namespace, *_ = self._scope.places()
        try:
            async for _ in self._api.list(TRUSSMODELS, namespace=namespace, field_selector=NOBODY):
                pass
        except NotFound as error:
            log.warning("the cluster serves no %s, is the definition deleted? %s", TRUSSMODELS.plural, error)
            return False
        except ApiError as error:
            log.debug("whether TrussModels are served is not told: %s", error)
        return True

    async def _try(self) -> None:
        for resource in WATCHED:
            for namespace in self._scope.places():
                async for _ in self._api.list(resource, namespace=namespace, field_selector=NOBODY):
                    pass

    async def _list(self, resource: Resource) -> int:
        selector = self._scope.selector_of(resource)
        present: set[Key] = set()
        news, versions = 0, []
        for namespace in self._scope.places():
            moment = ""
            async for page in self._api.list(resource, namespace=namespace, label_selector=selector):
                moment = page.resource_version
                for obj in page.items:
                    present.add(key_of(obj))
                    news += self._cache.put(resource, obj) is not None
                await asyncio.sleep(0)  # a page of large objects takes a while to digest; others are waiting
            versions.append(int(moment))
        gone = self._cache.prune(resource, present, min(versions))
        for owner in gone:
            self._add(owner, Urgency.MOVED)
        return news + len(gone)


START_ERRORS: tuple[type[ApiError], ...] = (Forbidden, Unauthorized)
"""At the start these are told by ending: someone has to grant something, and a process that ends is seen."""


async def _patiently(attempt: Callable[[], Awaitable[None]], fatal: tuple[type[ApiError], ...] = ()) -> None:
    pause = FIRST_PAUSE
    while True:
        try:
            await attempt()
        except ApiError as error:
            if isinstance(error, fatal):
                raise
            wait = max(pause, error.retry_after or 0.0)
            log.warning("listing again in %.1f s: %s", wait, error)
            await asyncio.sleep(wait)
            pause = min(LONGEST_PAUSE, pause * 2)
        else:
            return
