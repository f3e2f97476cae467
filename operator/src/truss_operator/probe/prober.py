"""Asks one ready pod of a revision for its routes: once, and with growing pauses while that fails.

What was learned is kept here only until the status holds it. A pod is asked beside the reconcile, which waits
for `PROMPT` and no longer: pods that do not answer must not hold the workers that serve everybody.
"""

import asyncio
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from truss_operator.observation import RouteReport
from truss_operator.probe.dialler import Dialler, PodAddress
from truss_operator.probe.errors import ProbeError
from truss_operator.probe.report import parse_routes
from truss_operator.probe.slots import Slots

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)

GRACE = 5.0
"""Seconds of failures after which they are told: a pod may be ready a moment before its network is."""
PROMPT = 0.25
"""Seconds that a reconcile waits for an answer; later it looks whether one has come."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the reading of a revision's routes stands."""

    report: RouteReport | None = None
    error: str | None = None
    """Told only after `GRACE`."""
    again_after: float | None = None
    """Seconds until it is worth asking again."""


@dataclass(slots=True)
class _Attempts:
    revision: str
    began: float
    report: RouteReport | None = None
    failures: int = 0
    next_at: float = 0.0
    error: str = ""
    asking: asyncio.Task[None] | None = None


class Prober(Generic[K]):
    """Reads routes through a dialler.

    Args:
        dialler: The way to the pods.
        port: The admin port.
        time: Monotonic seconds.
        slots: Shared with all else that asks pods.
    """

    def __init__(self, dialler: Dialler, port: int, time: Callable[[], float], slots: Slots) -> None:
        self._dialler = dialler
        self._port = port
        self._time = time
        self._slots = slots
        self._attempts: dict[K, _Attempts] = {}

    async def read(self, key: K, revision: str, pod: PodAddress) -> Outcome:
        """The routes of a revision, from this pod of it.

        Args:
            key: Whose revision; calls for one key never overlap.
            revision: What the pod runs.
            pod: Ready.
        """
        attempts = self._attempts.get(key)
        if attempts is None or attempts.revision != revision:
            self.forget(key)
            attempts = self._attempts[key] = _Attempts(revision, self._time())
        await self._advance(attempts, pod)
        if attempts.report is not None:
            return Outcome(attempts.report)
        told = self._time() - attempts.began >= GRACE and attempts.error
        pause = PROMPT if attempts.asking is not None else max(0.0, attempts.next_at - self._time())
        return Outcome(error=attempts.error if told else None, again_after=pause)

    def forget(self, key: K) -> None:
        """Drops what is known of a key: the status holds it, or it is gone."""
        attempts = self._attempts.pop(key, None)
        if attempts is not None and attempts.asking is not None:
            attempts.asking.cancel()

    async def _advance(self, attempts: _Attempts, pod: PodAddress) -> None:
        """Begins to ask if it is time, and takes what has come of it if anything has."""
        if attempts.asking is None:
            if attempts.report is not None or self._time() < attempts.next_at:
                return
            attempts.asking = asyncio.create_task(self._ask(attempts, pod), name=f"routes of {pod.name}")
            await asyncio.wait({attempts.asking}, timeout=PROMPT)
        if attempts.asking.done():
            asked, attempts.asking = attempts.asking, None
            asked.result()

    async def _ask(self, attempts: _Attempts, pod: PodAddress) -> None:
        try:
            async with self._slots.of(pod.namespace):
                body = await self._dialler.get(pod, self._port, "/routes")
            attempts.report = parse_routes(body, attempts.revision)
        except ProbeError as error:
            attempts.error = str(error)
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts.failures, 16))
            attempts.next_at = self._time() + max(pause, error.retry_after)
            attempts.failures += 1
            log.debug("routes not read, attempt %d: %s", attempts.failures, error)
