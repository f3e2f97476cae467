"""Watches objects through kubectl: each change as it comes, and each second of silence."""

import contextlib
import json
import queue
import tempfile
import threading
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import refusal
from kubectl_trussmodel.trussmodel import Json, mapping

if TYPE_CHECKING:
    import subprocess

_END = object()


def watch(kubectl: Kubectl, *what: str, tick: float = 1.0) -> Iterator[tuple[str, Json] | None]:
    """Yields each change as its type (ADDED, MODIFIED, DELETED) and the object, and None when nothing came.

    All objects that there are come first, as ADDED. A watch that the API server ends is begun again, so that
    they come again.

    Args:
        kubectl: whose eyes.
        what: what follows ``kubectl get``.
        tick: seconds of silence until None.

    Raises:
        Problem: kubectl fails.
    """
    while True:
        with _watching(kubectl, what) as (process, events, errors):
            while True:
                try:
                    event = events.get(timeout=tick)
                except queue.Empty:
                    yield None
                    continue
                if event is _END:
                    break
                document = mapping(event)
                yield str(document.get("type", "")), mapping(document.get("object"))
            if process.wait() != 0:
                errors.seek(0)
                raise refusal(errors.read().decode(errors="replace"))
        yield None


@contextlib.contextmanager
def _watching(
    kubectl: Kubectl, what: tuple[str, ...]
) -> Iterator[tuple["subprocess.Popen[bytes]", "queue.Queue[object]", IO[bytes]]]:
    events: queue.Queue[object] = queue.Queue()
    with tempfile.TemporaryFile() as errors:
        process = kubectl.start(
            "get", *what, "--watch", "--output-watch-events", "--output=json", stderr=errors
        )
        reader = threading.Thread(target=_read, args=(process, events), daemon=True)
        reader.start()
        try:
            yield process, events, errors
        finally:
            process.terminate()
            process.wait()
            reader.join()


def _read(process: "subprocess.Popen[bytes]", events: "queue.Queue[object]") -> None:
    """Takes the events as they come, one a line."""
    assert process.stdout is not None
    with process.stdout as stdout:
        for line in stdout:
            with contextlib.suppress(
                ValueError, RecursionError
            ):  # the one that it is ended in; one nested too deep
                events.put(json.loads(line))
    events.put(_END)
