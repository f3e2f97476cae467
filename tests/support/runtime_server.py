"""A real ``truss-runtime serve`` process on loopback, for tests."""

import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

PATIENCE_SECONDS = 20.0

T = TypeVar("T")


def until(probe: Callable[[], T | None], what: str) -> T:
    """Polls until the probe returns something, and fails after a generous while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := probe()) is None:
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.01)
    return found


class RuntimeServer:
    """One server process. Its stderr goes to a file, where its log lines say which ports it took."""

    def __init__(
        self, path: Path, *flags: str, folder: Path, variables: Mapping[str, str] | None = None
    ) -> None:
        self._stderr = folder / f"stderr-{time.monotonic_ns()}"
        self.termination_log = folder / f"termination-{time.monotonic_ns()}"
        command = [sys.executable, "-m", "truss_runtime", "serve", str(path), "--host=127.0.0.1", "--port=0"]
        command += ["--admin-port=0", "--log-format=json", f"--termination-log={self.termination_log}"]
        with self._stderr.open("wb") as sink:
            self._process = subprocess.Popen(
                [*command, *flags], stderr=sink, stdout=sink, env={**os.environ, **(variables or {})}
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """The exit code, once it has ended."""
        return self._process.poll()

    @property
    def stderr(self) -> str:
        return self._stderr.read_text()

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The lines of stderr that are JSON objects."""
        return [json.loads(line) for line in self.stderr.split("\n")[:-1] if line.endswith("}")]

    def log(self, matches: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Waits for a log line and returns it."""
        return until(lambda: next((line for line in self.logs if matches(line)), None), what)

    @functools.cached_property
    def base(self) -> str:
        """The main port's URL, once it is open."""
        return f"http://127.0.0.1:{self.log(lambda line: 'port' in line, 'the main port')['port']}"

    @functools.cached_property
    def admin(self) -> str:
        """The admin port's URL, once it is open."""
        port = self.log(lambda line: "admin_port" in line, "the admin port")["admin_port"]
        return f"http://127.0.0.1:{port}"

    def ready(self) -> Self:
        """Waits until the model is loaded."""
        until(
            lambda: True if self._process.poll() is not None or "is ready" in self.stderr else None, "ready"
        )
        assert self._process.poll() is None, self.stderr
        return self

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Waits for the end and returns the exit code."""
        return self._process.wait(PATIENCE_SECONDS)

    def report(self) -> dict[str, Any]:
        """What the termination log holds."""
        found: dict[str, Any] = json.loads(self.termination_log.read_bytes())
        return found
