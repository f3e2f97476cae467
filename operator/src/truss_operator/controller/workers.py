"""Takes keys from the queue and has them reconciled, several at a time; puts off those that failed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from truss_operator.controller.context import current_generation, current_key
from truss_operator.controller.key import Key
from truss_operator.controller.laps import Laps, counted
from truss_operator.controller.queue import Clock, QueueClosed, WorkQueue
from truss_operator.kube.errors import ApiError, Conflict

log = logging.getLogger(__name__)

SLOW = 5.0
"""Seconds after which a reconcile is told in the log."""


class ReconcileObserver(Protocol):
    """Told of every reconcile, for metrics."""

    def reconciled(self, result: str, seconds: float) -> None:
        """It ended with ``success``, ``requeue_after`` or ``error``."""
        ...

    def serving(self, workers: int) -> None:
        """So many are reconciled at once from now on."""
        ...


class Workers:
    """A number of tasks that serve one queue."""

    def __init__(
        self,
        queue: WorkQueue[Key],
        reconcile: Callable[[Key], Awaitable[float | None]],
        observer: ReconcileObserver,
        clock: Clock,
    ) -> None:
        self._queue = queue
        self._reconcile = reconcile
        self._observer = observer
        self._clock = clock
        self._began: dict[Key, float] = {}

    def running(self) -> list[float]:
        """For how many seconds each reconcile has been running that has not ended."""
        now = self._clock.time()
        return [now - began for began in self._began.values()]

    async def run(self, count: int) -> None:
        """Serves the queue with `count` tasks until it is closed; what is running then is finished.

        Half of them take no key that failed when it was reconciled last: however many fail, and however long
        each takes to, the others are served.
        """
        self._observer.serving(count)
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(count):
                    group.create_task(self._serve(sound=number < count // 2))
        finally:
            self._observer.serving(0)

    async def _serve(self, *, sound: bool) -> None:
        while True:
            try:
                key = await self._queue.get(sound=sound)
            except QueueClosed:
                return
            token = current_key.set(key)
            current_generation.set(None)
            self._began[key] = self._clock.time()
            try:
                result = await self._handle(key)
            finally:
                seconds = self._clock.time() - self._began.pop(key)
                self._queue.done(key)
                current_key.reset(token)
            self._observer.reconciled(result, seconds)

    async def _handle(self, key: Key) -> str:
        began, laps = self._clock.time(), Laps(self._clock.time)
        try:
            with counted(laps):
                pause = await self._reconcile(key)
        except Conflict as error:
            self._queue.retry(key, error.retry_after)
            log.debug("retrying, the object has changed meanwhile: %s", error)
            return "error"
        except ApiError as error:
            delay = self._queue.retry(key, error.retry_after)
            log.warning("retrying in %.1f s: %s", delay, error)
            return "error"
        except (
            Exception
        ):  # whatever it is, the key must come back: a lost key is a model that nobody looks after
            delay = self._queue.retry(key)
            log.exception("retrying in %.1f s: a defect of the operator, please report it", delay)
            return "error"
        finally:
            seconds = self._clock.time() - began
            if seconds > SLOW:
                log.warning("this reconcile took %.1f s: %s", seconds, laps)
        self._queue.forget(key)
        if pause is None:
            return "success"
        self._queue.add_after(key, pause)
        return "requeue_after"
