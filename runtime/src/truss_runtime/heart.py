"""Notices user code that blocks the event loop, and says which and for how long.

The loop beats; a thread of its own looks whether it still does. Nothing can be interrupted from here: a
blocked loop is logged with the place where it stands, makes /readyz fail and in the end /livez. Code that
holds the interpreter lock stops this thread as well.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from truss_runtime.standing import standing

logger = logging.getLogger(__name__)

BEAT_SECONDS = 0.25
NOTICE_SECONDS = 1.0
"""A pause as long as this is logged."""

UNREADY_SECONDS = 10.0
"""After which no further requests should be sent here."""


class Heart:
    """The beat of one event loop, and who watches it.

    Args:
        root: the folder whose files are the user's code.
        serving: whether requests are answered now. A load may block the loop as long as it may take.
        unresponsive_seconds: after which only a restart helps.
        clock: the monotonic clock, in seconds.
        lagged: told of each beat how late it came, in seconds.
    """

    def __init__(
        self,
        root: Path,
        *,
        serving: Callable[[], bool],
        unresponsive_seconds: float,
        clock: Callable[[], float],
        lagged: Callable[[float], None],
    ) -> None:
        self._root = root
        self._serving = serving
        self._unresponsive_seconds = unresponsive_seconds
        self._clock = clock
        self._lagged = lagged
        self._beaten = clock()
        self._stopped = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._culprit = "what runs on it"

    def start(self) -> None:
        """Starts to beat, on the running loop, and to watch."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._beaten = self._clock()
        self._loop.call_later(BEAT_SECONDS, self._beat)
        threading.Thread(target=self._watch, name="heart", daemon=True).start()

    def stop(self) -> None:
        """Ends both."""
        self._stopped.set()

    def blocked_seconds(self) -> float:
        """Returns for how long the loop has not come round."""
        return max(0.0, self._clock() - self._beaten - BEAT_SECONDS)

    def unready_problem(self) -> str | None:
        """Says why no requests should be sent here, or nothing."""
        return self._problem(UNREADY_SECONDS)

    def fatal_problem(self) -> str | None:
        """Says why only a restart helps, or nothing."""
        return self._problem(self._unresponsive_seconds)

    def _problem(self, limit: float) -> str | None:
        seconds = self.blocked_seconds()
        if seconds < limit or not self._serving():
            return None
        return f"the event loop has been blocked for {seconds:.0f} s by {self._culprit}"

    def _beat(self) -> None:
        assert self._loop is not None
        now = self._clock()
        self._lagged(max(0.0, now - self._beaten - BEAT_SECONDS))
        self._beaten = now
        if not self._stopped.is_set():
            self._loop.call_later(BEAT_SECONDS, self._beat)

    def _watch(self) -> None:
        since: float | None = None  # the last beat before the pause that has been told of
        while not self._stopped.wait(BEAT_SECONDS):
            if since is not None and self._beaten != since:
                seconds = self._beaten - since - BEAT_SECONDS
                logger.warning("%s blocked the event loop for %.1f s", self._culprit, seconds)
                since = None
            if since is None and self.blocked_seconds() >= NOTICE_SECONDS:
                since = self._beaten
                self._tell()

    def _tell(self) -> None:
        frames = standing(self._root, self._thread)
        if frames:
            # The outermost frame is the method that was called, the innermost where it stands.
            self._culprit = frames[0].split(": ", 1)[0].rsplit(" in ", 1)[-1]
        else:
            self._culprit = "what runs on it"
        logger.warning(
            "%s blocks the event loop, and every other request with it%s. "
            "Make it a plain `def`, which runs on a thread, or await what it waits for.",
            self._culprit,
            f", at {frames[-1]}" if frames else "",
        )
