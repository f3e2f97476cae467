"""One server process on loopback, pinned to a core, its CPU time and memory read from the kernel."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
SUBJECTS = Path(__file__).parent / "subjects"
PATIENCE_SECONDS = 20.0
CONCURRENCY = 64


class Server:
    """A server that starts with the context and ends with it.

    Args:
        command: what runs it, listening on ``port``.
        port: where it listens.
        core: the only one that it may use.
        log: the file that takes its output.
        variables: its environment variables beside ours.
    """

    def __init__(
        self,
        command: list[str],
        port: int,
        *,
        core: int,
        log: Path,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self._command = ["taskset", "--cpu-list", str(core), *command]
        self._log = log
        self._variables = {**os.environ, **(variables or {})}
        self.address = ("127.0.0.1", port)

    def __enter__(self) -> Self:
        self._started = time.monotonic()
        with self._log.open("wb") as sink:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, stdout=sink, stderr=sink, env=self._variables
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ready(self) -> float:
        """Waits until /readyz says 200 and returns how many seconds after the start that was."""
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > self._started + PATIENCE_SECONDS:
                raise RuntimeError(f"the server did not start:\n{self._log.read_text()}")
            time.sleep(0.002)
        return time.monotonic() - self._started

    def failed(self) -> float:
        """Waits until a Model that cannot be served has ended it, and returns how long after its failure.

        Raises:
            RuntimeError: it ended for another reason.
        """
        code = self._process.wait(PATIENCE_SECONDS)
        ended = time.monotonic()
        failures = re.findall(r"^failing at (.+)$", self._log.read_text(), re.MULTILINE)
        if code != 1 or not failures:
            raise RuntimeError(f"the server ended with {code}:\n{self._log.read_text()}")
        return ended - float(failures[-1])

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(self.address, 1) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
        return False

    def answer(self, path: str, body: str) -> bytes:
        """The body of the answer to one request.

        Raises:
            RuntimeError: it is not 200.
        """
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        with closing(connection):
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            data = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status}: {data.decode(errors='replace')}")
        return data

    def cpu_seconds(self) -> float:
        """CPU time used so far by the process, its threads and its children."""
        return sum(_cpu_seconds(pid) for pid in _tree(self._process.pid))

    def pss_bytes(self) -> int:
        """Memory of the process tree: what is its own, and its share of what is not."""
        return sum(_pss_bytes(pid) for pid in _tree(self._process.pid))


def runtime(subject: str, *, core: int, folder: Path) -> Server:
    """The runtime with one of the Models in ``subjects``, all of its features on, as in a pod."""
    port = _free_port()
    command = [*_serve(subject, port), f"--concurrency={CONCURRENCY}"]
    return Server(command, port, core=core, log=folder / f"{subject}.log")


def failing(phase: str, *, core: int, folder: Path) -> Server:
    """The runtime with a Model that fails in one phase."""
    port = _free_port()
    command = [*_serve("failing", port), "--required-routes=chat_completions,predict"]
    command += [f"--termination-log={folder / 'report.json'}"]
    return Server(
        command, port, core=core, log=folder / f"failing-{phase}.log", variables={"BENCH_FAILS": phase}
    )


def _serve(subject: str, port: int) -> list[str]:
    command = [sys.executable, "-m", "truss_runtime", "serve", str(SUBJECTS / f"{subject}.py")]
    return [*command, "--host=127.0.0.1", f"--port={port}", "--admin-port=0"]


def baseline(*, core: int, folder: Path) -> Server:
    """Bare Starlette."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.perf.subjects.starlette_app", str(port)]
    return Server(command, port, core=core, log=folder / "starlette.log")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):
                found += [int(child) for child in children.read_text().split()]
    return found


def _cpu_seconds(pid: int) -> float:
    # The clock of another process, numbered as clock_getcpuclockid(3) does: /proc has coarse ticks.
    return time.clock_gettime((~pid << 3) | 2)


def _pss_bytes(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))


def cores() -> tuple[int, int]:
    """The core for the server, and the core for the load.

    Raises:
        RuntimeError: there are no two.
    """
    available = sorted(os.sched_getaffinity(0))
    if len(available) < 2:
        raise RuntimeError("the benchmark needs two cores: one for the server, one for the load")
    return available[0], available[-1]
