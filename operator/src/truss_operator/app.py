"""Puts the parts together, starts them in order and ends them in order. Decides nothing about TrussModels.

Order: credentials, CRD there?, own port, fill the cache, workers, kopf's watches, until SIGTERM or a failure.
"""

import asyncio
import logging
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.controller.backoff import Backoff
from truss_operator.controller.cache import Cache
from truss_operator.controller.inspector import Inspector
from truss_operator.controller.key import Key
from truss_operator.controller.queue import WorkQueue
from truss_operator.controller.reconciler import Clocks, Lookouts, Reconciler
from truss_operator.controller.resync import START_ERRORS, Resync
from truss_operator.controller.watches import watch
from truss_operator.controller.workers import Workers
from truss_operator.health import Health
from truss_operator.kube.api import KubeApi
from truss_operator.kube.client import KubeClient
from truss_operator.kube.credentials import Credentials, CredentialsError
from truss_operator.kube.discovery import serves
from truss_operator.kube.errors import ApiError, Forbidden, TooManyRequests, Unauthorized, Unavailable
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.metrics import Metrics
from truss_operator.probe.dialler import ApiServerDialler, Dialler, DirectDialler
from truss_operator.probe.prober import Prober
from truss_operator.probe.state import StateReader
from truss_operator.server import serving
from truss_operator.settings import Settings

log = logging.getLogger(__name__)

CRD_SECONDS = 10.0
"""How long the CRD may take to be served: a chart installs it together with the operator."""
FINISH_SECONDS = 5.0
"""What running reconciles get to finish in when the operator is told to end."""
FAREWELL_SECONDS = 0.25
"""What TLS connections get to close in: aiohttp's graceful shutdown leaves that to the event loop."""


class StartError(Exception):
    """The operator cannot start; the message says what someone has to do."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the operator talks to."""

    credentials: Credentials
    api: KubeApi
    dialler: Dialler
    metrics: Metrics


async def run(settings: Settings) -> None:
    """Runs the operator until SIGTERM or SIGINT, which cancel it.

    Raises:
        StartError: It cannot start.
        CancelledError: It was told to end, and has.
        Exception: It cannot go on; a new process may.
    """
    task = asyncio.current_task()
    assert task is not None
    _on_signals(task.cancel)
    credentials, metrics = Credentials(settings.kubeconfig), Metrics()
    try:
        client = await KubeClient.connect(credentials, metrics.called)
    except CredentialsError as error:
        raise StartError(str(error)) from error
    try:
        await require_crd(client)
        async with _dialler(settings, client) as dialler:
            outside = Outside(credentials, client, dialler, metrics)
            # kopf puts handlers of its own there, with which ending takes five seconds longer.
            await operate(settings, outside, on_watching=lambda: _on_signals(task.cancel))
    finally:
        await client.close()
        await asyncio.sleep(FAREWELL_SECONDS)


async def require_crd(client: KubeClient, patience: float = CRD_SECONDS) -> None:
    """Returns once the API server serves TrussModels.

    Raises:
        StartError: It does not, or does not let us in.
    """
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        try:
            if await serves(client, TRUSSMODELS):
                return
            if asyncio.get_running_loop().time() >= deadline:
                raise StartError(
                    f"the cluster serves no {TRUSSMODELS.plural} of {TRUSSMODELS.api_version}: install the "
                    f"CustomResourceDefinition (the chart does, or: kubectl apply -f deploy/crds)"
                )
        except (Unavailable, TooManyRequests) as error:
            log.warning("the API server does not answer yet: %s", error)
        except (Unauthorized, Forbidden) as error:
            raise StartError(f"the API server does not let the operator in: {error}") from error
        await asyncio.sleep(0.5)


async def operate(
    settings: Settings,
    outside: Outside,
    *,
    stop: asyncio.Event | None = None,
    on_watching: Callable[[], None] = lambda: None,
) -> None:
    """Runs the operator against what is given.

    Args:
        settings: How it runs.
        outside: What it talks to.
        stop: Ends it when set. Cancelling ends it as cleanly.
        on_watching: Called when the watches have begun.

    Raises:
        StartError: A permission is missing.
        Exception: A part failed.
    """
    loop = asyncio.get_running_loop()
    cache, recorder = Cache(), EventRecorder(outside.api, _now, socket.gethostname())
    queue = WorkQueue[Key](loop, Backoff(), outside.metrics)
    prober = Prober[Key](outside.dialler, ADMIN_PORT, loop.time)
    inspector = Inspector(outside.api, StateReader(outside.dialler, ADMIN_PORT), loop.time)
    lookouts = Lookouts(prober, inspector)
    reconciler = Reconciler(outside.api, cache, recorder, lookouts, Clocks(_now, loop.time))
    workers = Workers(queue, reconciler.reconcile, outside.metrics, loop)
    resync = Resync(outside.api, cache, queue.add, loop.time)
    outside.metrics.watch_cache(cache.sizes)
    health = Health(lambda: resync.done, resync.age, 3 * settings.resync_seconds, workers.oldest)

    async with serving(health, outside.metrics.registry, settings.host, settings.port) as port:
        log.info("/healthz, /readyz and /metrics on port %d", port)
        try:
            await resync.until_done(fatal=START_ERRORS)
        except ApiError as error:
            raise StartError(
                f"the operator lacks a permission (docs/reference/operator.md): {error}"
            ) from error
        log.info("listed %s", ", ".join(f"{size} {resource}" for resource, size in cache.sizes().items()))
        jitter = random.Random()  # noqa: S311  # spreads load, guards nothing
        # kopf cancels every task that it did not find when it started: these must be there before.
        background = {
            asyncio.create_task(workers.run(settings.workers), name="workers"),
            asyncio.create_task(resync.run(settings.resync_seconds, jitter), name="resync"),
            asyncio.create_task(recorder.run(), name="events"),
        }
        await asyncio.sleep(0)
        end = asyncio.create_task((stop or asyncio.Event()).wait(), name="end")
        watching = watch(cache, queue.add, outside.credentials.access, on_watching)
        try:
            await _until_over(asyncio.create_task(watching, name="watches"), {end, *background})
        finally:
            end.cancel()
            queue.close()
            await _finish(background, recorder)


async def _until_over(watches: asyncio.Task[None], others: set[asyncio.Task[Any]]) -> None:
    """Returns when one of them has ended, with the watches ended too; raises what ended it."""
    try:
        done, _ = await asyncio.wait({watches, *others}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Not by kopf's stop flag: with that it waits five seconds for whatever it has just begun.
        watches.cancel()
        await asyncio.wait({watches})
    for task in done:
        task.result()


async def _finish(background: set[asyncio.Task[None]], recorder: EventRecorder) -> None:
    workers = {task for task in background if task.get_name() == "workers"}
    _, late = await asyncio.wait(workers, timeout=FINISH_SECONDS)
    if late:
        log.warning("ending with reconciles unfinished; the next operator takes them up")
    try:
        await asyncio.wait_for(recorder.drain(), 2)
    except TimeoutError:
        log.warning("ending with events unposted")
    for task in background:
        task.cancel()
    await asyncio.gather(*background, return_exceptions=True)


@asynccontextmanager
async def _dialler(settings: Settings, client: KubeClient) -> AsyncIterator[Dialler]:
    if settings.probe_through == "apiserver":
        yield ApiServerDialler(client)
        return
    direct = DirectDialler(settings.probe_seconds)
    try:
        yield direct
    finally:
        await direct.close()


def _on_signals(end: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)


def _now() -> datetime:
    return datetime.now(UTC)
