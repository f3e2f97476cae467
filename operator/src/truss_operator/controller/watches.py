"""Runs kopf: it lists and watches what the operator follows, reconnects, logs in, and calls the handlers.

Whatever ends it, it is begun again: an API server that is away, or a CustomResourceDefinition that is deleted
and made again, must not end the operator, which has a warm cache and perhaps the lease.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import kopf
from kopf._cogs.clients import api as kopf_api

from truss_operator.builders.labels import MANAGER
from truss_operator.controller import handlers
from truss_operator.controller.forgetful import NoMemories
from truss_operator.kube.document import loads

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
ABSENT_SECONDS = 5.0
"""After which a definition that is not there is looked for again."""
CHECK_SECONDS = 5.0

_KOPF = str(Path(kopf.__file__).parent)
# It parses the events of a watch by the module's own name for the parser, and ends with one that it cannot.
vars(kopf_api)["json"] = SimpleNamespace(loads=loads)


class StaleError(Exception):
    """A watch has ended and kopf has not noticed, or it tells nothing any more."""


class _Untraced(logging.Filter):
    """Takes the traceback from what kopf says when the API server has refused it: the answer says it all."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and type(error).__module__.startswith("kopf._cogs.clients."):
            record.exc_info = None
        return True


for _name in ("orchestration", "running"):
    logging.getLogger(f"kopf._core.reactor.{_name}").addFilter(_Untraced())


async def watch(
    intake: handlers.Intake,
    login: handlers.Login,
    served: Callable[[], Awaitable[bool]],
    on_watching: Callable[[], None],
) -> NoReturn:
    """Keeps the cache current until cancelled.

    Args:
        intake: Takes what is told.
        login: How kopf gets its sessions.
        served: Whether the API server knows TrussModels. kopf would go on without them for good.
        on_watching: Called whenever kopf has begun.
    """
    pause, loop = FIRST_PAUSE, asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await _run_kopf(intake, login, on_watching)
        except Exception as error:  # noqa: BLE001  # whatever it is: without watches nothing is followed
            log.warning("the watches ended: %s: %s", type(error).__name__, error)
        if loop.time() - began > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        log.warning("the watches are begun again in %.0f s", pause)
        intake.freshness.begin()
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)
        while not await served():
            log.warning("looking for it again in %.0f s", ABSENT_SECONDS)
            await asyncio.sleep(ABSENT_SECONDS)
            intake.freshness.begin()


async def _run_kopf(intake: handlers.Intake, login: handlers.Login, on_watching: Callable[[], None]) -> None:
    registry, settings = kopf.OperatorRegistry(), kopf.OperatorSettings()
    handlers.register(registry, intake)
    sessions = handlers.register_login(registry, login, intake.freshness)
    handlers.configure(settings, intake.scope)
    intake.freshness.begin()
    begun = asyncio.Event()
    # Not kopf.run_tasks: in the end that cancels every task which it did not find when it started.
    # What it begins itself is told apart by where its code is.
    tasks = await kopf.spawn_tasks(
        registry=registry,
        settings=settings,
        memories=NoMemories(),
        standalone=True,
        ready_flag=begun,
        clusterwide=not intake.scope.namespaces,
        namespaces=intake.scope.namespaces,
        # Else kopf asks for the name of the user; a container's has none. The type is private.
        identity=cast("Any", MANAGER),
    )
    on_watching()
    checking = asyncio.create_task(_check(begun, intake.freshness.complaints), name="checking the watches")
    try:
        done, _ = await asyncio.wait({*tasks, checking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        checking.cancel()
        await _end_kopf({*tasks, checking, *filter(_is_kopfs, asyncio.all_tasks())})
        for session in sessions:
            await session.close()
    for task in done:
        task.result()


async def _end_kopf(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancels all of it at once: a task that finds its session closed fails, and tells of it."""
    while tasks:
        await asyncio.sleep(0)  # what has not begun would leave a coroutine behind that nobody ever awaits
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        tasks = {task for task in asyncio.all_tasks() if _is_kopfs(task)}


def _is_kopfs(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    if code is None or not code.co_filename.startswith(_KOPF):
        return False
    # What waits for kopf's pause is ended by whoever made it; ended from outside, it reports an error. A
    # watcher ends by its scheduler's helpers, and then ends them: without them it would wait for good.
    return "pause" not in task.get_name() and not code.co_qualname.startswith("Scheduler.")


async def _check(begun: asyncio.Event, complaints: Callable[[], list[str]]) -> NoReturn:
    await begun.wait()
    log.info("watching")
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        if found := complaints():
            raise StaleError("; ".join(found))
