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
        with _watching(kubectl, what) as (events, errors):
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
            errors.seek(0)
            if said := errors.read().decode(errors="replace").strip():
                raise refusal(said)
        yield None


@contextlib.contextmanager
def _watching(kubectl: Kubectl, what: tuple[str, ...]) -> Iterator[tuple["queue.Queue[object]", IO[bytes]]]:
    events: queue.Queue[object] = queue.Queue()
    with tempfile.TemporaryFile() as errors:
        process = kubectl.start(
            "get", *what, "--watch", "--output-watch-events", "--output=json", stderr=errors
        )
        reader = threading.Thread(target=_read, args=(process, events), daemon=True)
        reader.start()
        try:
            yield events, errors
        finally:
            process.terminate()
            process.wait()
            reader.join()


def _read(process: "subprocess.Popen[bytes]", events: "queue.Queue[object]") -> None:
    """Takes the objects out of a text in which one follows upon the other."""
    assert process.stdout is not None
    decoder, text = json.JSONDecoder(), ""
    with process.stdout as stdout:
        for line in stdout:
            text += line.decode(errors="replace")
            # Indented as kubectl prints it, an object ends with a brace at the margin.
            if not line.startswith(b"}") and not text.lstrip().endswith("}\n"):
                continue
            with contextlib.suppress(ValueError):
                while text.strip():
                    found, end = decoder.raw_decode(text.lstrip())
                    text = text.lstrip()[end:]
                    events.put(found)
    events.put(_END)
