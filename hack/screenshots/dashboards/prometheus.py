"""A Prometheus of its own, which scrapes what a file names."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import yaml

from ports import free_port
from server_process import ServerProcess

OPERATORS, MODELS = "operators", "models"
"""The jobs: as the chart's ServiceMonitor, and as its PodMonitor."""


@dataclass(frozen=True)
class Target:
    """Whom to scrape, with the labels that the Prometheus Operator would give."""

    address: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    url: str
    folder: Path

    def scrape(self, job: str, targets: Sequence[Target]) -> None:
        """From now on those of that job and no others."""
        groups = [{"targets": [target.address], "labels": target.labels} for target in targets]
        part = self.folder / f"{job}.part"
        part.write_text(json.dumps(groups))
        part.rename(part.with_suffix(".json"))


@contextmanager
def prometheus(folder: Path, interval: str) -> Iterator[Prometheus]:
    """Runs one while the context lasts.

    Args:
        folder: For its configuration and its data; what is there already is shown too.
        interval: How often it scrapes.

    Raises:
        TimeoutError: It does not come up.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        {
            "job_name": job,
            "honor_labels": job == OPERATORS,
            "file_sd_configs": [{"files": [str(folder / f"{job}.json")]}],
        }
        for job in (OPERATORS, MODELS)
    ]
    settings = {"global": {"scrape_interval": interval}, "scrape_configs": jobs}
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
    port = free_port()
    server = ServerProcess(
        folder / "log",
        "prometheus",
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    )
    server.start()
    try:
        await_answer(f"http://127.0.0.1:{port}/-/ready", server)
        yield Prometheus(f"http://127.0.0.1:{port}", folder)
    finally:
        server.stop()


def await_answer(url: str, server: ServerProcess, seconds: float = 60) -> None:
    """Returns when the server answers there.

    Raises:
        TimeoutError: It does not.
    """
    deadline = time.monotonic() + seconds
    while True:
        server.require_alive()
        try:
            if httpx2.get(url).is_success:
                return
        except httpx2.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer at {url} in {seconds:g} s:\n{server.tail()}")
        time.sleep(0.2)
