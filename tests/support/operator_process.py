"""The ``truss-operator`` command as a process of its own, as a container runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from runtime_server import until

COMMAND = Path(sys.executable).parent / "truss-operator"
ON_LOOPBACK = (sys.executable, Path(__file__).with_name("operator_on_loopback.py"))
"""That command, for pods whose runtime is on loopback."""


@dataclass
class Process:
    """A running operator; its lines are JSON."""

    popen: subprocess.Popen[bytes]
    stderr: Path

    def lines(self) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for line in self.stderr.read_text().splitlines(keepends=True)
            if line.endswith("}\n")
        ]

    def line(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        return until(lambda: next(filter(holds, self.lines()), None), "a log line")

    def url(self) -> str:
        line = self.line(lambda line: "/healthz" in line["message"])
        return f"http://127.0.0.1:{line['message'].rpartition(' ')[2]}"

    def ready(self) -> httpx2.Response:
        def probe() -> httpx2.Response | None:
            answer = httpx2.get(f"{self.url()}/readyz")
            return answer if answer.status_code == 200 else None

        return until(probe, "readiness")


@contextmanager
def running(
    folder: Path,
    kubeconfig: Path,
    *flags: str,
    command: Sequence[str | Path] = (COMMAND,),
    variables: Mapping[str, str] | None = None,
) -> Iterator[Process]:
    """Runs an operator while the context lasts, and kills it then.

    Args:
        folder: For its log.
        kubeconfig: Who it is, and where.
        flags: Its flags.
        command: How it is called.
        variables: Beside those of this process.
    """
    stderr = folder / "stderr"
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "TRUSS_OPERATOR_PORT": "0"}
    environment |= variables or {}
    with stderr.open("wb") as sink:
        popen = subprocess.Popen([*command, "--host=127.0.0.1", *flags], stderr=sink, env=environment)
    try:
        yield Process(popen, stderr)
    finally:
        popen.kill()
        popen.wait()
