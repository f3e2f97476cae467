"""Runs ``Model.load`` behind the open port.

Flow: locate → import → init → routes → **load**. A plain ``load`` runs on a thread that lives on, so that
child processes it starts do too; an ``async`` one is awaited. It is tried twice, a second apart, as on Truss;
then it has failed for good.
"""

import asyncio
import logging
from typing import Any

from truss_runtime.calls import Caller
from truss_runtime.failure import failure_of
from truss_runtime.model.source import Source

logger = logging.getLogger(__name__)

ATTEMPTS = 2
PAUSE_SECONDS = 1.0


async def load(model: Any, source: Source, caller: Caller) -> None:
    """Calls the Model's ``load``, where it has one.

    Raises:
        ModelFailure: it raised each time.
    """
    method = getattr(model, "load", None)
    if method is None:
        return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            await caller.call(method)
        except (Exception, SystemExit) as error:
            remedy = f"{source.class_name}.load raised {ATTEMPTS} times: correct that line, or what it needs."
            failure = failure_of(error, "load", "LoadFailed", root=source.root, remedy=remedy)
            if attempt == ATTEMPTS:
                raise failure from error
            logger.warning("load raised %s; one more attempt in %g s", type(error).__name__, PAUSE_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
