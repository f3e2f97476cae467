"""What the API server tells of a namespace, and when it did: the clock of all figures of the cluster."""

import codecs
import json
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

from cluster import Json, Kubectl

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class News:
    """One version of an object."""

    at: float
    """When it came, in seconds since the epoch."""
    kind: str
    object: Json

    @property
    def name(self) -> str:
        """Of the object."""
        return str(self.object["metadata"]["name"])


class Watch:
    """Watches some resources of one namespace while the context lasts, and keeps all that comes.

    Args:
        kubectl: of the namespace.
        resources: plural names, each watched on a connection of its own.
    """

    def __init__(self, kubectl: Kubectl, *resources: str) -> None:
        self._kubectl = kubectl
        self._resources = resources
        self._news: list[News] = []
        self._came = threading.Condition()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        """Begins to watch; what is there already comes first."""
        for resource in self._resources:
            command = ["kubectl", "--namespace", self._kubectl.namespace, "get", resource, "--watch"]
            process = subprocess.Popen([*command, "--output=json"], stdout=subprocess.PIPE)
            self._processes.append(process)
            assert process.stdout is not None
            threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Ends the watches."""
        for process in self._processes:
            process.terminate()
            process.wait()

    def first(self, since: float, holds: Callable[[News], bool], what: str) -> News:
        """Waits for the first news since a moment that holds.

        Args:
            since: in seconds since the epoch.
            holds: whether it is what is waited for.
            what: what that is, for people.

        Raises:
            TimeoutError: none came.
        """
        deadline, seen = time.monotonic() + PATIENCE_SECONDS, 0
        with self._came:
            while True:
                for news in self._news[seen:]:
                    if news.at >= since and holds(news):
                        return news
                seen = len(self._news)
                if not self._came.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"{what} did not come within {PATIENCE_SECONDS:g} s")

    def all(self, since: float, holds: Callable[[News], bool]) -> list[News]:
        """All news since a moment that hold, as they came."""
        with self._came:
            return [news for news in self._news if news.at >= since and holds(news)]

    def _read(self, stream: IO[bytes]) -> None:
        decoder, text = json.JSONDecoder(), ""
        characters = codecs.getincrementaldecoder("utf-8")()
        while data := stream.read1():  # type: ignore[attr-defined]  # a buffered reader has it
            text = (text + characters.decode(data)).lstrip()
            with suppress(json.JSONDecodeError):  # the rest of the object is still to come
                while text:
                    found, end = decoder.raw_decode(text)
                    text = text[end:].lstrip()
                    with self._came:
                        self._news.append(News(time.time(), found["kind"], found))
                        self._came.notify_all()
