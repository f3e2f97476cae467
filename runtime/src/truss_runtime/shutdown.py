"""What signals do.

Before the server is ready, nobody has to be waited for: the process ends at once. Then SIGTERM: not ready at
once (to the kubelet, only when the listener closes: ``web.probes`` says why), requests still served for the
drain period (endpoints leave Services late), then the listener closes and calls in flight finish within the
grace period. SIGINT (Ctrl-C) skips the drain. A second signal ends at once.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from truss_runtime.children import end_children
from truss_runtime.lifecycle import Lifecycle, State

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)
THREADS_SECONDS = 0.5
"""How long threads that are no daemons may take to end, all together."""


def end_on_signals() -> None:
    """Until the server is ready: a signal ends the process. As PID 1 of a container nothing else would.

    Python runs the handler whatever the main thread is at, be it a ``load`` that blocks the event loop.
    """

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        end_at_once(0 if number == signal.SIGTERM else 128 + number)

    for number in SIGNALS:
        signal.signal(number, handle)
    os.register_at_fork(after_in_child=_forget_signals)


def _forget_signals() -> None:
    """Leaves a process that the model forks without our handlers: it could not be terminated otherwise."""
    signal.set_wakeup_fd(-1)  # the event loop's, which would take the child's signals for its own
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def end_at_once(code: int) -> None:
    """Ends the process and those below it, without waiting for any thread."""
    end_children()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(
            RuntimeError, ValueError, OSError
        ):  # a signal came amid a write, or it is closed
            stream.flush()
    os._exit(code)


def end_without_stragglers(code: int) -> int:
    """Returns the exit code once no thread or child would outlast us; ends the process if a thread stays."""
    end_children()
    deadline = time.monotonic() + THREADS_SECONDS
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(max(0, deadline - time.monotonic()))
            if thread.is_alive():
                logger.warning("thread %s still runs: ending without it", thread.name)
                end_at_once(code)
    return code


class Shutdown:
    """Turns signals into the end of the server.

    Args:
        lifecycle: told that we are draining.
        drain_seconds: how long requests are still taken after SIGTERM.
        close: closes the listener and lets calls in flight finish.
    """

    def __init__(self, lifecycle: Lifecycle, *, drain_seconds: int, close: Callable[[], None]) -> None:
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds
        self._close = close
        self._begun = False

    def listen(self) -> None:
        """Takes the signals over, for the running event loop: from here on there is something to finish."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if self._begun:
            end_at_once(128 + number)
        self._begun = True
        # One that is not ready is in no Service: nobody has to be waited for.
        seconds = self._drain_seconds if number == signal.SIGTERM and self._lifecycle.ready else 0
        logger.info("%s: draining for %d s", signal.Signals(number).name, seconds)
        self._lifecycle.to(State.DRAINING)
        asyncio.get_running_loop().call_later(seconds, self._end)

    def _end(self) -> None:
        self._lifecycle.close()
        self._close()
