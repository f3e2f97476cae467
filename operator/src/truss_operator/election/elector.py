"""Takes the Lease, keeps it while the work goes on, gives it back at the end.

Flow: every process fills its cache; the one that holds the Lease serves a term, in which it works. A term
ends when the Lease is lost or the process is told to end. Then the work is stopped before anything else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from truss_operator.election.decision import Sighting, Timing, Wait, decide
from truss_operator.election.lease import Lease, lease_of, spec_of
from truss_operator.kube.errors import (
    AlreadyExists,
    ApiError,
    Conflict,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from truss_operator.kube.resource import LEASES, Resource
from truss_operator.observation import Json

log = logging.getLogger(__name__)

RESIGN_SECONDS = 1.0
"""What giving the Lease back may take. Whoever waits takes it a little later when that fails."""


class LeaseApi(Protocol):
    """The calls that it needs; `truss_operator.kube.api.KubeApi` has them."""

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """Reads one object."""
        ...

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        """Creates an object."""
        ...

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        """Merges into the object; with a resourceVersion in it only if it is at that version."""
        ...


class ElectionObserver(Protocol):
    """Told who leads, for metrics."""

    def elected(self, name: str, *, leads: bool) -> None:
        """This process leads from now on by the Lease of that name, or no longer."""
        ...


@dataclass(frozen=True, slots=True)
class Candidacy:
    """Who runs for what."""

    namespace: str
    name: str
    """Of the Lease."""
    identity: str
    """Of this process; no other that is alive may have it."""
    timing: Timing


class Elector:
    """One process's side of the election.

    Args:
        api: The API server.
        candidacy: Who runs for what.
        time: Monotonic seconds, which go on while the process stands still.
        now: The wall clock, aware; for people who read the Lease.
        observer: For metrics.
    """

    def __init__(
        self,
        api: LeaseApi,
        candidacy: Candidacy,
        *,
        time: Callable[[], float],
        now: Callable[[], datetime],
        observer: ElectionObserver,
    ) -> None:
        self._api = api
        self._candidacy = candidacy
        self._time = time
        self._now = now
        self._observer = observer
        self._seen = Sighting(None, time())
        self._until = time()

    def leads(self) -> bool:
        """Whether this process may write at this moment."""
        return self._time() < self._until

    async def check(self) -> None:
        """Reads the Lease, again while the API server does not answer. A missing one is fine.

        Raises:
            ApiError: It is not allowed.
        """
        while True:
            try:
                await self._look()
            except (Unavailable, TooManyRequests) as error:
                log.warning("the lease %s cannot be read yet: %s", self._where(), error)
                await asyncio.sleep(max(self._candidacy.timing.retry, error.retry_after or 0.0))
            else:
                return

    async def run(self, term: Callable[[], Awaitable[None]]) -> None:
        """Waits for the Lease and serves a term, again and again; cancelled, it gives the Lease back.

        Args:
            term: The work of the one who leads. Is cancelled when the Lease is lost. When it ends by itself,
                so does this.

        Raises:
            Exception: That of the term.
        """
        self._observer.elected(self._candidacy.name, leads=False)
        try:
            while True:
                await self._acquire()
                self._observer.elected(self._candidacy.name, leads=True)
                log.info("leading: this process holds the lease %s", self._where())
                if await self._serve(term):
                    return
                self._observer.elected(self._candidacy.name, leads=False)
                log.warning("no longer leading: the lease %s was lost", self._where())
        finally:
            await self._resign()

    async def _acquire(self) -> None:
        told = failed = ""
        while True:
            pause = self._candidacy.timing.retry
            try:
                await self._look()
                step = decide(self._candidacy.identity, self._seen, self._candidacy.timing, self._time())
                if isinstance(step, Wait):
                    pause = step.seconds
                    told = self._tell_holder(told)
                elif await self._write(step.lease):
                    return
            except (Conflict, AlreadyExists, NotFound):
                pass  # somebody was faster
            except ApiError as error:
                pause = max(pause, error.retry_after or 0.0)
                if str(error) != failed:  # once for each cause: it is tried every second
                    failed = str(error)
                    log.warning("the lease %s cannot be read or taken: %s", self._where(), error)
            await asyncio.sleep(pause)

    def _tell_holder(self, told: str) -> str:
        holder = self._seen.lease.holder if self._seen.lease is not None else ""
        if holder != told:
            log.info("standing by: %s holds the lease %s", holder, self._where())
        return holder

    async def _serve(self, term: Callable[[], Awaitable[None]]) -> bool:
        """Serves one term; returns whether it ended by itself, and not because the Lease was lost."""
        work = asyncio.ensure_future(term())
        try:
            while True:
                await asyncio.wait({work}, timeout=self._candidacy.timing.retry)
                if work.done():
                    work.result()
                    return True
                if not await self._renew():
                    return False
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def _renew(self) -> bool:
        """Gives a sign of life; returns whether the Lease is still ours."""
        lease = self._seen.lease
        while lease is not None and lease.holder == self._candidacy.identity and self.leads():
            try:
                async with asyncio.timeout(self._until - self._time()):
                    if await self._write(lease):
                        return True
            except (Conflict, NotFound):
                # Somebody took it, or the answer to a write of ours was lost.
                try:
                    async with asyncio.timeout(max(0.0, self._until - self._time())):
                        await self._look()
                except (ApiError, TimeoutError) as error:
                    log.warning("the lease %s cannot be read: %s", self._where(), error)
            except (ApiError, TimeoutError) as error:
                log.warning("the lease %s cannot be renewed: %s", self._where(), error)
                pause = max(self._candidacy.timing.retry, getattr(error, "retry_after", None) or 0.0)
                await asyncio.sleep(min(pause, max(0.0, self._until - self._time())))
            lease = self._seen.lease
        self._until = self._time()
        return False

    async def _resign(self) -> None:
        """Gives the Lease back if it is ours, so that nobody has to wait until it runs out."""
        lease = self._seen.lease
        if not self.leads() or lease is None:
            return
        self._until = self._time()
        self._observer.elected(self._candidacy.name, leads=False)
        try:
            async with asyncio.timeout(RESIGN_SECONDS):
                await self._release(lease)
        except (ApiError, TimeoutError) as error:
            log.warning("the lease %s is not given back: %s", self._where(), error)
        else:
            log.info("gave the lease %s back", self._where())

    async def _release(self, lease: Lease) -> None:
        try:
            await self._put(_released(lease))
        except Conflict:
            # Somebody took it, or the answer to a sign of life of ours was not heard.
            await self._look()
            now = self._seen.lease
            if now is None or now.holder != self._candidacy.identity:
                raise
            await self._put(_released(now))

    async def _look(self) -> None:
        try:
            found = await self._api.get(LEASES, self._candidacy.namespace, self._candidacy.name)
        except NotFound:
            self._seen = self._seen.next(None, self._time())
        else:
            self._seen = self._seen.next(lease_of(found), self._time())

    async def _write(self, lease: Lease) -> bool:
        """Writes it as ours; returns whether it still is when the answer is there."""
        sent = self._time()
        self._seen = Sighting(lease_of(await self._put(lease)), sent)
        self._until = sent + self._candidacy.timing.deadline
        return self.leads()

    async def _put(self, lease: Lease) -> dict[str, Any]:
        spec = spec_of(lease, self._now())
        namespace, name = self._candidacy.namespace, self._candidacy.name
        if lease.resource_version:
            metadata = {"resourceVersion": lease.resource_version}
            return await self._api.patch(LEASES, namespace, name, {"metadata": metadata, "spec": spec})
        manifest = {"apiVersion": LEASES.api_version, "kind": LEASES.kind, "spec": spec}
        return await self._api.create(
            LEASES, {**manifest, "metadata": {"namespace": namespace, "name": name}}
        )

    def _where(self) -> str:
        return f"{self._candidacy.namespace}/{self._candidacy.name}"


def _released(lease: Lease) -> Lease:
    """The same, held by nobody and soon run out. Source: client-go, tools/leaderelection, release."""
    return Lease("", 1, lease.transitions, lease.acquired, lease.resource_version)
