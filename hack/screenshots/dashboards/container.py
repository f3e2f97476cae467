"""A pod's container as a process with the real runtime, and what a kubelet says of it."""

import time
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from signal import SIGTERM
from typing import Any

from api import Json
from controlplane import ROOT
from runtime_server import RuntimeServer

PAUSE_SECONDS = 10
"""Between the end of a container and its next start, as a kubelet has it at first."""
_MODEL = ROOT / "tests" / "e2e" / "models" / "lab"


class Container:
    """One that runs, or waits to be started again.

    Args:
        pod: Whose it is.
        address: The pod's, on loopback.
        folder: For what the processes say.
        stack: Whoever leaves it ends them.
    """

    def __init__(self, pod: Json, address: str, folder: Path, stack: ExitStack) -> None:
        self.address = address
        self.labels: dict[str, str] = pod["metadata"]["labels"]
        self.ready = False
        self.server: RuntimeServer | None = None
        self._template = pod["spec"]["containers"][0]
        self._folder = folder
        self._stack = stack
        self._starts = 0
        self._last: Json = {}
        self._at = 0.0
        self._since = _now()

    def go_on(self) -> None:
        """Starts it when it is time to, and takes note of its end."""
        if self.server is None:
            if time.monotonic() >= self._at:
                self.server = self._start()
        elif (code := self.server.ended) is not None:
            report = self.server.termination_log
            said = report.read_text() if report.exists() else self.server.stderr[-2000:]
            self._last = {"terminated": {"exitCode": code, "reason": "Error", "message": said}}
            self.server, self._at = None, time.monotonic() + PAUSE_SECONDS
            self.turn(ready=False)

    def turn(self, *, ready: bool) -> None:
        """Whether its probe says that it is ready."""
        if ready != self.ready:
            self.ready, self._since = ready, _now()

    def end(self) -> None:
        """As a kubelet that the pod's deletion reached."""
        if self.server is not None and self.server.ended is None:
            self.server.send(SIGTERM)

    def status(self) -> Json:
        """The pod's, for the API server."""
        ready = {"type": "Ready", "status": str(self.ready), "lastTransitionTime": self._since}
        state: dict[str, Any] = {"waiting": {"reason": "CrashLoopBackOff"}}
        if self.server is not None:
            state = {"running": {"startedAt": self._since}}
        image = self._template["image"]
        own = {
            "name": "model",
            "image": image,
            "imageID": f"{image.partition(':')[0]}@sha256:{sha256(image.encode()).hexdigest()}",
            "ready": self.ready,
            "restartCount": max(self._starts - 1, 0),
            "state": state,
            "lastState": self._last,
        }
        where = {"podIP": self.address, "podIPs": [{"ip": self.address}]}
        return {"phase": "Running", "conditions": [ready], "containerStatuses": [own], **where}

    def _start(self) -> RuntimeServer:
        self._starts += 1
        given = {each["name"]: each["value"] for each in self._template["env"] if "value" in each}
        flags = (f"--host={self.address}", "--port=8080", f"--admin-port={given['TRUSS_ADMIN_PORT']}")
        server = RuntimeServer(_MODEL, *flags, folder=self._folder, variables=given)
        return self._stack.enter_context(server)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
