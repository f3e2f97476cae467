"""Puts the parts together, starts them in order and ends them in order. Decides nothing about TrussModels.

Order: credentials, CRD there?, own port, permissions, the watches, and when these have begun a list that
fills the cache; then, as soon as this process leads, the work, until SIGTERM or a failure. At the end the
work goes first, and with it the lease.
"""

import asyncio
import logging
import random
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from truss_operator.controller.cache import Cache
from truss_operator.controller.census import Census
from truss_operator.controller.freshness import Freshness
from truss_operator.controller.handlers import Intake, Login
from truss_operator.controller.reconciler import Clocks
from truss_operator.controller.resync import START_ERRORS, Resync
from truss_operator.controller.scope import Scope
from truss_operator.controller.shard import ShardApi
from truss_operator.controller.term import Terms, Tools
from truss_operator.controller.watches import watch
from truss_operator.election.decision import Timing
from truss_operator.election.elector import Candidacy, Elector
from truss_operator.election.fence import FencedApi
from truss_operator.health import Health
from truss_operator.identity import identity, own_namespace
from truss_operator.kube.api import KubeApi
from truss_operator.kube.client import KubeClient
from truss_operator.kube.credentials import Credentials, CredentialsError
from truss_operator.kube.discovery import serves
from truss_operator.kube.errors import Forbidden, TooManyRequests, Unauthorized, Unavailable
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.permissions import Permissions
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.metrics import Followed, Metrics
from truss_operator.probe.dialler import ApiServerDialler, Dialler, DirectDialler
from truss_operator.server import serving
from truss_operator.settings import Settings

log = logging.getLogger(__name__)

CRD_SECONDS = 10.0
"""How long the CRD may take to be served: a chart installs it together with the operator."""
WATCH_SECONDS = 10.0
"""So often it is told what is not watched yet."""
FINISH_SECONDS = 0.5
"""What running reconciles get to finish in when the operator is told to end. Who waits for the Lease looks
for it once a second, and is to work within two."""
FAREWELL_SECONDS = 0.25
"""What TLS connections get to close in: aiohttp's graceful shutdown leaves that to the event loop."""


class StartError(Exception):
    """The operator cannot start; the message says what someone has to do."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outside:
    """What the operator talks to."""

    credentials: Credentials
    api: KubeApi
    dialler: Dialler
    metrics: Metrics
    permissions: Permissions = field(default_factory=Permissions)
    """Told by `api` what is not allowed."""
    now: Callable[[], datetime] = _now
    """The wall clock, aware: for what people read. Nothing is decided by it."""
    identity: str = field(default_factory=identity)
    """Of this process; no other that is alive has it."""


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
    credentials, metrics, permissions = Credentials(settings.kubeconfig), Metrics(), Permissions()
    try:
        client = await KubeClient.connect(credentials, metrics.called, permissions.refused)
    except CredentialsError as error:
        raise StartError(str(error)) from error
    try:
        await require_crd(client)
        async with _dialler(settings, client) as dialler:
            outside = Outside(credentials, client, dialler, metrics, permissions)
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
    parts = _assemble(settings, outside)
    async with serving(parts.health, outside.metrics.registry, settings.host, settings.port) as port:
        log.info("/healthz, /readyz and /metrics on port %d", port)
        await _require_permissions(parts)
        await _work(parts, settings.resync_seconds, stop or asyncio.Event(), on_watching)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an operator is made of, as far as it is begun and ended here."""

    cache: Cache
    elector: Elector | None
    recorder: EventRecorder
    terms: Terms
    resync: Resync
    freshness: Freshness
    intake: Intake
    login: Login
    health: Health


def _assemble(settings: Settings, outside: Outside) -> _Parts:
    loop, cache, metrics = asyncio.get_running_loop(), Cache(), outside.metrics
    scope = Scope(settings.namespaces, settings.selector)
    elector = _elector(settings, outside) if settings.leader_elect else None
    api: KubeApi = FencedApi(outside.api, elector.leads) if elector is not None else outside.api
    if scope.selector:
        api = ShardApi(api, scope.selector)
    recorder = EventRecorder(outside.api, outside.now, outside.identity)
    clocks = Clocks(outside.now, loop.time)
    tools = Tools(api, cache, recorder, outside.dialler, clocks, metrics, settings.docs_url)
    terms = Terms(tools, settings.workers)
    resync = Resync(api, cache, terms.add, loop.time, scope)
    freshness = Freshness(cache, loop.time, resync.soon, terms.hurry, places=len(scope.places()))
    metrics.registry.register(Census(cache, settings.metrics_models))
    metrics.registry.register(Followed(cache.sizes, freshness.starts, terms.running, outside.permissions))
    health = Health(
        listed=lambda: resync.done,
        list_age=resync.age,
        max_list_age=3 * settings.resync_seconds,
        oldest_reconcile=lambda: max(terms.running(), default=0.0),
        list_trouble=lambda: resync.trouble,
        watch_complaints=freshness.complaints,
    )

    def answered(method: str, code: str) -> None:
        metrics.called(method, code)
        freshness.answered(code)

    intake = Intake(cache, terms.add, freshness, scope)
    login = Login(outside.credentials.access, answered, outside.permissions.refused_watch)
    return _Parts(cache, elector, recorder, terms, resync, freshness, intake, login, health)


async def _require_permissions(parts: _Parts) -> None:
    try:
        await parts.resync.until_allowed()
        if parts.elector is not None:
            await parts.elector.check()
    except START_ERRORS as error:
        raise StartError(f"the operator lacks a permission (docs/reference/operator.md): {error}") from error


async def _work(
    parts: _Parts, resync_seconds: float, stop: asyncio.Event, on_watching: Callable[[], None]
) -> None:
    """Runs the parts until one of them ends or it is told to stop."""
    elector, terms = parts.elector, parts.terms
    jitter = random.Random()  # noqa: S311  # spreads load, guards nothing

    async def work() -> None:
        await _fill(parts.resync, parts.freshness, parts.cache)
        await (elector.run(terms.serve) if elector is not None else terms.serve())

    working = asyncio.create_task(work(), name="work")
    background = {
        asyncio.create_task(
            watch(parts.intake, parts.login, parts.resync.served, on_watching), name="watches"
        ),
        asyncio.create_task(parts.resync.run(resync_seconds, jitter), name="resync"),
        asyncio.create_task(parts.recorder.run(), name="events"),
    }
    end = asyncio.create_task(stop.wait(), name="end")
    try:
        done, _ = await asyncio.wait({end, working, *background}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        end.cancel()
        await _finish(terms, working, parts.recorder)
        for task in background:
            task.cancel()
        await asyncio.wait(background)
    for ended in done:
        ended.result()


async def _fill(resync: Resync, freshness: Freshness, cache: Cache) -> None:
    """Lists what there is, once the watches have begun: what happens from then on they tell."""
    while True:
        try:
            await asyncio.wait_for(freshness.begun(), WATCH_SECONDS)
            break
        except TimeoutError:
            log.warning("not ready: no watch yet of %s", ", ".join(freshness.missing()))
    await resync.until_done()
    log.info("listed %s", ", ".join(f"{size} {resource}" for resource, size in cache.sizes().items()))


async def _finish(terms: Terms, work: asyncio.Task[None], recorder: EventRecorder) -> None:
    """Ends the work first: whoever waits for the lease gets it at once."""
    terms.end()
    # Of one that only waits for the lease there is nothing to finish.
    _, late = await asyncio.wait({work}, timeout=FINISH_SECONDS if terms.serving else 0)
    if late and terms.serving:
        log.warning("ending with reconciles unfinished; the next operator takes them up")
    work.cancel()
    await asyncio.wait({work})
    try:
        await asyncio.wait_for(recorder.drain(), 2)
    except TimeoutError:
        log.warning("ending with events unposted")


def _elector(settings: Settings, outside: Outside) -> Elector:
    namespace = settings.lease_namespace or own_namespace()
    if namespace is None:
        raise StartError(
            "--leader-elect needs to know where the lease is: set --lease-namespace, or POD_NAMESPACE"
        )
    candidacy = Candidacy(namespace, settings.lease_name, outside.identity, Timing(settings.lease_seconds))
    return Elector(outside.api, candidacy, time=time.monotonic, now=outside.now, observer=outside.metrics)


@asynccontextmanager
async def _dialler(settings: Settings, client: KubeClient) -> AsyncIterator[Dialler]:
    if settings.probe_through == "apiserver":
        yield ApiServerDialler(client, settings.probe_seconds)
        return
    direct = DirectDialler(settings.probe_seconds)
    try:
        yield direct
    finally:
        await direct.close()


def _on_signals(end: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
