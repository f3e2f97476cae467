"""The child processes that the model started: they end with the server, for nobody else would end them.

In a container the kernel does so. Elsewhere a server that a signal or a failed load ends would leave them
behind, with the memory and the ports that they hold. They are found in /proc: on other systems than Linux
none is.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE_SECONDS = 0.5
"""How long they may take to end when they are asked to, all together; then they are killed."""
POLL_SECONDS = 0.01

_TRACKER = b"multiprocessing.resource_tracker"
"""Ends by itself once we have, and cleans up what we leave: nothing may keep it from that."""


def end_children() -> None:
    """Asks all processes below this one to end, and kills those that have not in time."""
    children = set(_below(os.getpid()))
    _send(children, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while children := {pid for pid in children if _lives(pid)}:
        if time.monotonic() > deadline:
            _send(children, signal.SIGKILL)
            return
        time.sleep(POLL_SECONDS)


def _below(pid: int) -> Iterator[int]:
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, _read(listing).split()):
            if _TRACKER not in _read(Path(f"/proc/{child}/cmdline")):
                yield child
                yield from _below(child)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def _send(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _lives(pid: int) -> bool:
    state = _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()
    return bool(state) and state[0] not in (b"Z", b"X")
