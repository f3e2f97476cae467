"""What works while this process leads: queue, workers, reconciler, made anew for each term.

Between terms events only fill the cache. A new term begins with a look at every TrussModel; what an earlier
one remembered of them may have become wrong meanwhile, and is gone with it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.controller.backoff import Backoff
from truss_operator.controller.cache import Cache
from truss_operator.controller.inspector import Inspector
from truss_operator.controller.key import Key
from truss_operator.controller.queue import QueueObserver, WorkQueue
from truss_operator.controller.reconciler import Clocks, Lookouts, Reconciler
from truss_operator.controller.urgency import Urgency, urgency_of_start
from truss_operator.controller.workers import ReconcileObserver, Workers
from truss_operator.kube.api import KubeApi
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.probe.dialler import Dialler
from truss_operator.probe.prober import Prober
from truss_operator.probe.slots import Slots
from truss_operator.probe.state import StateReader

log = logging.getLogger(__name__)


class TermObserver(QueueObserver, ReconcileObserver, Protocol):
    """Told of the work, for metrics."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the work is done with."""

    api: KubeApi
    cache: Cache
    recorder: EventRecorder
    dialler: Dialler
    clocks: Clocks
    observer: TermObserver
    docs_url: str
    """Where the documentation is, see `Settings`."""
    covers: Callable[[str], bool]
    """Whether all there is in a namespace is in the cache; in others nothing is done."""


class Terms:
    """Serves terms, one after another.

    Args:
        tools: See `Tools`.
        workers: How many TrussModels are reconciled at once.
    """

    def __init__(self, tools: Tools, workers: int) -> None:
        self._tools = tools
        self._count = workers
        self._queue: WorkQueue[Key] | None = None
        self._workers: Workers | None = None

    def add(self, key: Key, urgency: Urgency) -> None:
        """Has a TrussModel looked at, if a term is being served."""
        if self._queue is not None and self._tools.covers(key.namespace):
            self._queue.add(key, urgency)

    def hurry(self) -> None:
        """Has the TrussModels that failed looked at now, if a term is being served."""
        if self._queue is not None:
            self._queue.hurry()

    @property
    def serving(self) -> bool:
        """Whether a term is being served."""
        return self._queue is not None

    def running(self) -> list[float]:
        """For how many seconds each reconcile has been running that has not ended."""
        return self._workers.running() if self._workers is not None else []

    async def serve(self) -> None:
        """Works until cancelled, or until `end`."""
        tools, loop = self._tools, asyncio.get_running_loop()
        time = tools.clocks.monotonic
        queue = WorkQueue[Key](loop, Backoff(), tools.observer)
        slots = Slots()
        inspector = Inspector(tools.api, StateReader(tools.dialler, ADMIN_PORT, slots), time)
        lookouts = Lookouts(Prober[Key](tools.dialler, ADMIN_PORT, time, slots), inspector)
        reconciler = Reconciler(
            tools.api, tools.cache, tools.recorder, lookouts, tools.clocks, tools.docs_url
        )
        self._queue = queue
        self._workers = Workers(queue, reconciler.reconcile, tools.observer, loop)
        for key in tools.cache.trussmodels():
            if entry := tools.cache.get(TRUSSMODELS, key):
                self.add(key, urgency_of_start(entry))
        try:
            await self._workers.run(self._count)
        finally:
            queue.close()
            self._queue = self._workers = None

    def end(self) -> None:
        """Begins nothing more; `serve` returns when what is running has finished."""
        if self._queue is not None:
            self._queue.close()
