"""Runs kopf: it lists and watches what the operator follows, reconnects, logs in, and calls the handlers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

import kopf

from truss_operator.builders.labels import MANAGER
from truss_operator.controller import handlers
from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key
from truss_operator.kube.credentials import Access

log = logging.getLogger(__name__)


async def watch(
    cache: Cache,
    add: Callable[[Key], None],
    access: Callable[[], Awaitable[Access]],
    on_watching: Callable[[], None],
) -> None:
    """Keeps the cache current until cancelled. In the end kopf ends every task that began after this.

    Args:
        cache: Takes the objects.
        add: Has a TrussModel reconciled.
        access: Reads the credentials.
        on_watching: Called when kopf has begun.

    Raises:
        Exception: A watch cannot go on.
    """
    registry, settings = kopf.OperatorRegistry(), kopf.OperatorSettings()
    handlers.register(registry, cache, add)
    handlers.register_login(registry, access)
    handlers.configure(settings)
    begun = asyncio.Event()
    announcing = asyncio.create_task(_announce(begun, on_watching), name="announcing")
    try:
        await kopf.operator(
            registry=registry,
            settings=settings,
            standalone=True,
            clusterwide=True,
            ready_flag=begun,
            # Else kopf asks for the name of the user; a container's has none. The type is private.
            identity=cast("Any", MANAGER),
        )
    finally:
        announcing.cancel()


async def _announce(begun: asyncio.Event, on_watching: Callable[[], None]) -> None:
    await begun.wait()
    on_watching()
    log.info("watching")
