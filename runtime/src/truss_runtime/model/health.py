"""Asks ``Model.is_healthy`` now and then, and tells the lifecycle.

Asked by the clock and not by the probes: these are answered at once, on either port, whatever the Model does.
It is not asked while the model loads. Truss's rules: anything true is healthy, raising is not.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from truss_runtime.calls import Caller
from truss_runtime.lifecycle import Lifecycle

logger = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""How long an answer may take before it counts as unhealthy."""


class Health:
    """Follows the health of one Model.

    Args:
        model: the Model.
        caller: makes the calls.
        lifecycle: told of each change.
        patience: seconds of ill health after which the process is not alive.
        clock: the monotonic clock, in seconds.
    """

    def __init__(
        self,
        model: Any,
        caller: Caller,
        lifecycle: Lifecycle,
        *,
        patience: float,
        clock: Callable[[], float],
    ) -> None:
        self._method: Any = getattr(model, "is_healthy", None)
        self._caller = caller
        self._lifecycle = lifecycle
        self._patience = patience
        self._clock = clock
        self._ill_since: float | None = None

    async def follow(self, *, every: float = ASK_EVERY_SECONDS) -> None:
        """Asks until it is cancelled; returns at once where the Model has no ``is_healthy``."""
        while self._method is not None:
            await asyncio.sleep(every)
            await self.ask()

    async def ask(self) -> None:
        """Asks once."""
        if self._method is None:
            return
        problem = await self._problem()
        if problem is None:
            if self._ill_since is not None:
                logger.info("is_healthy is true again")
            self._ill_since = None
            self._lifecycle.recovered()
            return
        now = self._clock()
        if self._ill_since is None:
            self._ill_since = now
            logger.warning("not healthy: %s", problem)
        self._lifecycle.ill(dead=now - self._ill_since >= self._patience)

    async def _problem(self) -> str | None:
        """Calls the method and returns what is wrong, or None."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                healthy = await self._caller.call(self._method)
        except TimeoutError:
            return f"is_healthy gave no answer within {ANSWER_SECONDS:g} s"
        except (Exception, SystemExit) as error:
            if self._ill_since is None:
                logger.exception("is_healthy raised")
            return f"is_healthy raised {type(error).__name__}"
        return None if healthy else "is_healthy returned something false"
