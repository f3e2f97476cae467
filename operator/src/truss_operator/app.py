"""Puts the parts together, starts them in order and ends them in order. Decides nothing about TrussModels.

Order: credentials, own port, CRD there?, permissions, the watches, and when these have begun a list that
fills the cache; then, as soon as this process leads, the work, until SIGTERM or a failure. At the end the
work goes first, and with it the lease.
"""

import asyncio
import logging
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.census import Census
from truss_operator.controller.coverage import Coverage
from truss_operator.controller.freshness import Freshness
from truss_operator.controller.handlers import Intake, Login
from truss_operator.controller.reconciler import Clocks
from truss_operator.controller.resync import Resync
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
from truss_operator.kube.errors import NO_ANSWER, Forbidden, Unauthorized
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.permissions import Permissions
from truss_operator.metrics import Followed, Metrics
from truss_operator.probe.dialler import ApiServerDialler, Dialler, DirectDialler
from truss_operator.server import serving
from truss_operator.settings import Settings
from truss_operator.start import StartError, Waiting, require_crd

log = logging.getLogger(__name__)

WATCH_SECONDS = 10.0
"""So often it is told what is not watched yet."""
FINISH_SECONDS = 0.5
"""What running reconciles get to finish in when the operator is told to end. Who waits for the Lease looks
for it once a second, and is to work within two."""
FAREWELL_SECONDS = 0.25
"""What TLS connections get to close in: aiohttp's graceful shutdown leaves that to the event loop."""


Require = Callable[[Waiting], Awaitable[None]]
"""Returns once what the operator needs is there; tells meanwhile what it waits for."""


async def _nothing(_: Waiting) -> None:
    """Requires nothing."""


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
        async with _dialler(settings, client) as dialler:
            outside = Outside(credentials, client, dialler, metrics, permissions)
            await operate(
                settings,
                outside,
                require=lambda waiting: require_crd(client, waiting),
                # kopf puts handlers of its own there, with which ending takes five seconds longer.
                on_watching=lambda: _on_signals(task.cancel),
            )
    finally:
        await client.close()
        await asyncio.sleep(FAREWELL_SECONDS)


async def operate(
    settings: Settings,
    outside: Outside,
    *,
    require: Require = _nothing,
    stop: asyncio.Event | None = None,
    on_watching: Callable[[], None] = lambda: None,
) -> None:
    """Runs the operator against what is given.

    Args:
        settings: How it runs.
        outside: What it talks to.
        require: Is waited for with the port open: whoever asks there hears why nothing is done yet.
        stop: Ends it when set. Cancelling ends it as cleanly.
        on_watching: Called when the watches have begun.

    Raises:
        StartError: What is required is not there, or permissions are missing to do anything at all.
        Exception: A part failed.
    """
    parts = _assemble(settings, outside)
    async with serving(parts.health, outside.metrics.registry, settings.host, settings.port) as port:
        log.info("/healthz, /readyz and /metrics on port %d", port)
        await require(parts.waiting)
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
    waiting: Waiting


def _assemble(settings: Settings, outside: Outside) -> _Parts:
    loop, metrics = asyncio.get_running_loop(), outside.metrics
    scope = Scope(settings.namespaces, settings.selector)
    cache, coverage = Cache(scope.realm_of), Coverage(scope, loop.time)
    elector = _elector(settings, outside) if settings.leader_elect else None
    api: KubeApi = FencedApi(outside.api, elector.leads) if elector is not None else outside.api
    if scope.selector:
        api = ShardApi(api, scope.selector)
    recorder = EventRecorder(outside.api, outside.now, outside.identity)
    clocks = Clocks(outside.now, loop.time)
    covers = coverage.covers
    tools = Tools(api, cache, recorder, outside.dialler, clocks, metrics, settings.docs_url, covers)
    terms = Terms(tools, settings.workers)
    resync = Resync(api, cache, terms.add, loop.time, scope, coverage)

    def back() -> None:
        terms.hurry()
        resync.soon()  # it may be another one than before: restored from a backup

    freshness = Freshness(cache, loop.time, resync.soon, back, scope)
    metrics.registry.register(Census(cache, settings.metrics_models))
    metrics.registry.register(Followed(cache.sizes, freshness.starts, terms.running, outside.permissions))
    waiting = Waiting()
    health = Health(
        listed=lambda: resync.done,
        oldest_reconcile=lambda: max(terms.running(), default=0.0),
        list_complaints=lambda: coverage.complaints(3 * settings.resync_seconds),
        watch_ailments=freshness.ailments,
        hindrances=lambda: _hindrances(waiting, freshness, coverage),
    )

    def answered(method: str, url: URL, status: int | None) -> None:
        metrics.called(method, str(status or NO_ANSWER))
        freshness.answered(url, status)
        if status == HTTPStatus.FORBIDDEN:
            outside.permissions.refused_watch(url)

    intake = Intake(cache, terms.add, freshness, scope)
    login = Login(outside.credentials.access, answered)
    return _Parts(cache, elector, recorder, terms, resync, freshness, intake, login, health, waiting)


async def _require_permissions(parts: _Parts) -> None:
    parts.waiting.what = "what is allowed is being asked for"
    try:
        await parts.resync.until_allowed()
        if parts.elector is not None:
            await parts.elector.check()
    except (Forbidden, Unauthorized) as error:
        raise StartError(f"the operator lacks a permission (docs/reference/operator.md): {error}") from error
    parts.waiting.what = ""


async def _work(
    parts: _Parts, resync_seconds: float, stop: asyncio.Event, on_watching: Callable[[], None]
) -> None:
    """Runs the parts until one of them ends or it is told to stop."""
    elector, terms, resync, freshness = parts.elector, parts.terms, parts.resync, parts.freshness

    async def work() -> None:
        await resync.filled()
        log.info("listed %s", ", ".join(f"{size} {kind}" for kind, size in parts.cache.sizes().items()))
        await (elector.run(terms.serve) if elector is not None else terms.serve())

    working = asyncio.create_task(work(), name="work")
    background = {
        asyncio.create_task(watch(parts.intake, parts.login, resync.served, on_watching), name="watches"),
        asyncio.create_task(_list(resync, freshness, resync_seconds), name="resync"),
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


def _hindrances(waiting: Waiting, freshness: Freshness, coverage: Coverage) -> list[str]:
    """Why the cache has not been filled yet."""
    if waiting.what:
        return [waiting.what]
    unwatched = freshness.missing()
    return [f"no watch yet of {', '.join(unwatched)}"] if unwatched else coverage.missing()


async def _list(resync: Resync, freshness: Freshness, seconds: float) -> None:
    """Lists, once the watches have begun: what happens from then on they tell."""
    while True:
        try:
            await asyncio.wait_for(freshness.begun(), WATCH_SECONDS)
            break
        except TimeoutError:
            log.warning("not ready: no watch yet of %s", ", ".join(freshness.missing()))
    await resync.run(seconds, random.Random())  # noqa: S311  # it spreads load, guards nothing


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
