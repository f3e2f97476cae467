"""How each contender is run: on one core from its first moment, for some count the cores when they start."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.perf.at_scale.process import ROOT, Operator


@contextmanager
def pinned(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator[Operator]:
    """Runs it while the context lasts; `environment` comes on top of this process's."""
    core = str(min(os.sched_getaffinity(0)))
    with log.open("wb") as sink:
        popen = subprocess.Popen(
            ["taskset", "--cpu-list", core, *command],
            stdout=sink,
            stderr=sink,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
    try:
        yield Operator(popen, log, time.monotonic())
    finally:
        popen.kill()
        popen.wait()
