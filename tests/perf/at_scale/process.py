"""Processes of the benchmark, what they use of the machine, and what the operator counts."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


@dataclass
class Operator:
    """A running operator."""

    popen: subprocess.Popen[bytes]
    log: Path
    started: float

    def cpu_seconds(self) -> float:
        """What it has worked so far."""
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self, name: str = "VmHWM") -> int:
        """Bytes: ``VmHWM`` at most so far, ``VmRSS`` now."""
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        match = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
        assert match is not None
        return int(match[1]) * 1024

    def url(self, seconds: float = 120) -> str:
        """Where its port is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            match = re.search(r"/metrics on port (\d+)", self.log.read_text())
            if match:
                return f"http://127.0.0.1:{match[1]}"
            assert self.popen.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.02)
        raise AssertionError(f"no port in {seconds} s: {self.log.read_text()[-3000:]}")

    def ready_seconds(self, seconds: float = 300) -> float:
        """Waits until it is ready; from its start to then."""
        url, deadline = self.url(), time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{url}/readyz") as answer:
                    if answer.status == 200:
                        return time.monotonic() - self.started
            except OSError:
                time.sleep(0.02)
        raise AssertionError(f"not ready in {seconds} s: {self.log.read_text()[-3000:]}")

    def counts(self) -> dict[str, float]:
        """All samples of /metrics, by name with labels."""
        with urllib.request.urlopen(f"{self.url()}/metrics") as answer:
            text = answer.read().decode()
        return {name + (labels or ""): float(value) for name, labels, value in _SAMPLE.findall(text)}

    def writes(self) -> float:
        """How many writing calls it has made."""
        return sum(
            value
            for name, value in self.counts().items()
            if name.startswith("rest_client_requests_total") and 'method="GET"' not in name
        )

    def calls(self) -> float:
        """How many calls it has made, those of the watches too."""
        return sum(v for name, v in self.counts().items() if name.startswith("rest_client_requests_total"))

    def end(self) -> None:
        """Ends it as a cluster does."""
        self.popen.send_signal(signal.SIGTERM)
        self.popen.wait(30)


@contextmanager
def operator(folder: Path, kubeconfig: Path, name: str, *flags: str) -> Iterator[Operator]:
    """Runs one, pinned to one core."""
    log = folder / f"{name}.log"
    command = [sys.executable, "-m", "tests.perf.at_scale.operator", str(kubeconfig)]
    command += ["--host=127.0.0.1", "--port=0", "--log-level=WARNING", "--log-level=INFO", *flags]
    environment = {**os.environ, "POD_NAME": name}
    with log.open("wb") as sink:
        popen = subprocess.Popen(command, stderr=sink, stdout=sink, cwd=ROOT, env=environment)
    os.sched_setaffinity(popen.pid, {min(os.sched_getaffinity(0))})
    try:
        yield Operator(popen, log, time.monotonic())
    finally:
        popen.kill()
        popen.wait()


@contextmanager
def kubelet(folder: Path, kubeconfig: Path, per_second: float, *selector: str) -> Iterator[None]:
    """Runs the stand-in for controllers and kubelets, of Deployments with those labels; by default ours."""
    module = "tests.perf.at_scale.kubelet"
    command = [sys.executable, "-m", module, str(kubeconfig), str(per_second), *selector]
    with (folder / "kubelet.log").open("ab") as sink:
        popen = subprocess.Popen(command, stderr=sink, stdout=sink, cwd=ROOT)
    try:
        yield
    finally:
        popen.kill()
        popen.wait()
