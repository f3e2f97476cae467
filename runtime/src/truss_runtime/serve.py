"""Puts the parts together: from settings to a running server, and to an exit code.

Flow: admin port → locate → import → init → routes → main port → load → ready → signal → drain → end.

What is imported at the top of this module and of those below it is what every server needs; the rest is
imported where it is first needed. docs/architecture.md says what and why.
"""

import asyncio
import contextlib
import gc
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from truss_runtime import logs, tracing
from truss_runtime.admin import Admin
from truss_runtime.admission import Limits
from truss_runtime.calls import Caller
from truss_runtime.failure import ModelFailure, Report, write_report
from truss_runtime.heart import Heart
from truss_runtime.kinds import KINDS, WEBSOCKET, Kind
from truss_runtime.lifecycle import State
from truss_runtime.listeners import PortTakenError, bind
from truss_runtime.model.construction import construct
from truss_runtime.model.environment import Environment, EnvironmentSource, follow, set_up
from truss_runtime.model.health import Health
from truss_runtime.model.importing import import_class
from truss_runtime.model.loading import load
from truss_runtime.model.methods import describe
from truss_runtime.model.source import Source, locate
from truss_runtime.port_server import PortServer
from truss_runtime.service import Service
from truss_runtime.settings import DEFAULT_ENVIRONMENT, Settings
from truss_runtime.shutdown import Shutdown, end_at_once, end_on_signals, end_without_stragglers
from truss_runtime.standing import standing
from truss_runtime.stream.sending import Pace
from truss_runtime.threads import OwnThreads
from truss_runtime.web.acceptance import require, smoke
from truss_runtime.web.app import build_app
from truss_runtime.web.body import Check, most_bytes
from truss_runtime.web.bounds import Bounds
from truss_runtime.web.checks import check_for
from truss_runtime.web.connection import Connection
from truss_runtime.web.dispatch import Dispatch
from truss_runtime.web.front import Front
from truss_runtime.work import Deadlines

logger = logging.getLogger(__name__)

KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep idle connections (a minute): else they send into one that we just closed."""

WEBSOCKET_BYTES = 100 * 2**20
"""The longest message on a WebSocket, as on Truss."""


def serve(settings: Settings) -> int:
    """Serves the model until a signal ends it; returns the exit code: 0, or 1 for a reported failure."""
    logs.configure(settings.log_format)
    end_on_signals()
    service = Service(
        settings.model_name or settings.path.resolve().name, settings.environment or DEFAULT_ENVIRONMENT
    )
    service.keyed = settings.api_keys_dir is not None
    try:
        listener = bind(settings.host, settings.port, "--port")
        with contextlib.ExitStack() as stack:
            if settings.admin_port is not None:
                stack.enter_context(_admin(service, settings.host, settings.admin_port))
            code = _serve(settings, service, listener)
    except PortTakenError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return end_without_stragglers(code)


def _serve(settings: Settings, service: Service, listener: socket.socket) -> int:
    try:
        source = locate(settings.path, settings.config)
        service.model = settings.model_name or source.name
        traces = tracing.start(service.model, settings.environment)
        # What there is now stays, and need not be walked when the model's own garbage is looked for.
        gc.freeze()
        gc.enable()
        model_class = import_class(source)
        environment = EnvironmentSource(settings.environment, settings.environment_file)
        found = environment.read()
        service.environment = _url_name(settings, found)
        model = construct(model_class, source, secrets_dir=settings.secrets_dir, environment=found)
        service.methods = describe(model, source)
    except ModelFailure as failure:
        return _report(failure.report, service, settings)
    service.lifecycle.to(State.LOADING)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_Run(settings, service, source, model, environment, traces).run(listener))
    if traces is not None:
        traces.stop()
    failed = service.lifecycle.failure
    return 0 if failed is None else _report(failed, service, settings)


def _websocket_protocol(**arguments: Any) -> asyncio.Protocol:
    from uvicorn.protocols.websockets.websockets_sansio_impl import (  # late: few models have a WebSocket
        WebSocketsSansIOProtocol,
    )

    return WebSocketsSansIOProtocol(**arguments)


class _Run:
    """The main port's life on its event loop."""

    def __init__(
        self,
        settings: Settings,
        service: Service,
        source: Source,
        model: Any,
        environment: EnvironmentSource,
        traces: tracing.Tracing | None,
    ) -> None:
        self._settings = settings
        self._service = service
        self._source = source
        self._model = model
        self._environment = environment
        self._following: list[asyncio.Task[None]] = []
        limits = Limits(
            (*KINDS, WEBSOCKET),
            concurrency=settings.concurrency,
            predict=source.runtime.predict_concurrency,
            queue=settings.queue,
        )
        self._caller = Caller()
        service.fatal.append(self._caller.threads.problem)
        self._health = Health(
            model,
            self._caller,
            service.lifecycle,
            patience=source.runtime.restart_threshold_seconds,
            clock=time.monotonic,
        )
        self._app = _application(settings, service, source, limits, self._caller)
        self._heart = Heart(
            source.root,
            serving=lambda: service.lifecycle.serving,
            unresponsive_seconds=settings.unresponsive_seconds,
            clock=time.monotonic,
            lagged=service.metrics.loop_lag.add,
        )
        service.unready.append(self._heart.unready_problem)
        service.gauges += [
            ("truss_requests_in_flight", "Calls into the model.", limits.taken),
            ("truss_requests_queued", "Requests that wait for a call.", limits.waiting),
            (
                "truss_threads_abandoned",
                "Threads that were given up and have not returned.",
                lambda: {"all": self._caller.threads.abandoned},
            ),
        ]
        service.fatal.append(self._heart.fatal_problem)
        self._server = _server(_surface(self._app, settings, service, traces), settings, source)

    async def run(self, listener: socket.socket) -> None:
        """Opens the port, loads the model behind it, and returns once the server has ended."""
        asyncio.get_running_loop().set_default_executor(OwnThreads())
        listener.listen()
        host, port = listener.getsockname()[:2]
        logger.info("listening on http://%s:%d", host, port, extra={"host": host, "port": port})
        self._heart.start()
        loading = asyncio.create_task(self._load())
        await self._server.serve(sockets=[listener])
        loading.cancel()
        self._heart.stop()
        for task in self._following:
            task.cancel()

    def _close(self) -> None:
        self._server.end()

    async def _load(self) -> None:
        started = time.monotonic()
        late = threading.Timer(self._settings.load_seconds, self._load_late)
        late.daemon = True
        late.start()
        try:
            await set_up(self._model, self._source, self._caller, self._environment.read())
            await load(self._model, self._source, self._caller)
            self._service.methods = describe(self._model, self._source)
            self._service.metrics.load_seconds = time.monotonic() - started
            await self._accept()
        except ModelFailure as failure:
            self._service.lifecycle.fail(failure.report)
            self._server.force_exit = True  # requests that wait for the model wait in vain
            self._close()
            return
        finally:
            late.cancel()
        await self._begin()
        lifecycle = self._service.lifecycle
        served = ", ".join(
            f"{method.kind.method} {method.kind.path}" for method in self._service.methods.values()
        )
        seconds = time.monotonic() - started
        word = "ready" if lifecycle.ready else lifecycle.state
        logger.info("%s is %s after %.2f s of load: %s", self._service.model, word, seconds, served)

    async def _begin(self) -> None:
        """Takes requests, now that the model can answer them."""
        # What is there now lives as long as the process: passes of the garbage collector need not walk it.
        gc.collect()
        gc.freeze()
        await self._health.ask()
        Shutdown(
            self._service.lifecycle, drain_seconds=self._settings.drain_seconds, close=self._close
        ).listen()
        self._following += [
            asyncio.create_task(self._health.follow()),
            asyncio.create_task(follow(self._model, self._caller, self._environment, self._moved)),
        ]
        lifecycle = self._service.lifecycle
        if lifecycle.state is State.LOADING:
            lifecycle.to(State.READY)

    async def _accept(self) -> None:
        require(self._settings.required_routes, self._service.methods)
        if self._settings.smoke is not None:
            await smoke(self._app, self._settings.smoke)

    def _load_late(self) -> None:
        """Ends the process, from a thread of its own: load may block the loop as well as a thread."""
        place = standing(self._source.root)
        where = f" It stands at {place[-1]}." if place else ""
        message = (
            f"{self._source.class_name}.load has not returned within the {self._settings.load_seconds:g} s "
            f"that --load-seconds gives it.{where} Allow it more time, or find out what it waits for."
        )
        report = Report("load", "LoadTimeout", message, None, place)
        end_at_once(_report(report, self._service, self._settings))

    def _moved(self, environment: Environment | None) -> None:
        self._service.environment = _url_name(self._settings, environment)


def _url_name(settings: Settings, environment: Environment | None) -> str:
    """Returns the environment that URLs name: the setting's, or else the one that the Model is told."""
    return settings.environment or str((environment or {}).get("name") or DEFAULT_ENVIRONMENT)


def _application(
    settings: Settings, service: Service, source: Source, limits: Limits, caller: Caller
) -> ASGIApp:
    """Returns what answers requests."""
    deadlines = Deadlines(settings.request_seconds)
    pace = Pace(settings.ping_seconds, settings.stream_read_seconds or source.runtime.streaming_read_timeout)

    def bounds(kind: Kind) -> Bounds:
        body_bytes = most_bytes(kind, settings.max_body_bytes)
        return Bounds(body_bytes, settings.request_seconds, deadlines, pace)

    def checks(kind: Kind) -> Check | None:
        return check_for(
            kind, service, validate=settings.validate, strict_model_name=settings.strict_model_name
        )

    return Dispatch(build_app(service, limits, caller, bounds, checks, created=int(time.time())))


def _surface(app: ASGIApp, settings: Settings, service: Service, traces: tracing.Tracing | None) -> ASGIApp:
    """Returns the application behind all that a request passes first."""
    ids = None if traces is None else traces.ids
    front: ASGIApp = Front(
        _guarded(app, settings),
        service,
        log=logs.AccessLog(settings.log_format, sys.stderr.buffer, ids),
        new_id=lambda: os.urandom(16).hex(),
        clock=time.monotonic,
    )
    return front if traces is None else _traced(front, traces)


def _server(app: ASGIApp, settings: Settings, source: Source) -> PortServer:
    return PortServer(
        uvicorn.Config(
            app,
            http=Connection,
            ws=_websocket_protocol,  # type: ignore[arg-type]  # called like the class that it stands for
            ws_max_size=WEBSOCKET_BYTES,
            ws_ping_interval=source.runtime.ping_interval_seconds,
            ws_ping_timeout=source.runtime.ping_timeout_seconds,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.grace_seconds,
        )
    )


def _guarded(app: ASGIApp, settings: Settings) -> ASGIApp:
    """Returns the application behind what settings put before it: API keys, and before them CORS."""
    if settings.api_keys_dir is not None:
        from truss_runtime.web.keys import KeyCheck, KeyFolder  # late: most have none

        app = KeyCheck(app, KeyFolder(settings.api_keys_dir, time.monotonic))
    if settings.cors_origins:
        from truss_runtime.web.origins import allow  # late, likewise

        app = allow(app, settings.cors_origins)
    return app


def _traced(app: ASGIApp, traces: tracing.Tracing) -> ASGIApp:
    from truss_runtime.web.spans import Spans  # late: most have none

    logs.add_to_lines(traces.ids)
    return Spans(app, traces.provider)


@contextlib.contextmanager
def _admin(service: Service, host: str, port: int) -> Iterator[None]:
    listener = bind(host, port, "--admin-port")
    admin = Admin(service, listener)
    admin.start()
    logger.info("admin port listening", extra={"admin_port": listener.getsockname()[1]})
    try:
        yield
    finally:
        admin.stop()


def _report(report: Report, service: Service, settings: Settings) -> int:
    service.lifecycle.fail(report)
    write_report(report, settings.termination_log)
    sys.stderr.write(report.to_text() + "\n")
    return 1
