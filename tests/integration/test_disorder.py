"""Whatever happens in whatever order: at rest, all is as an operator that starts then would write it.

The order is drawn from a seed, which the output names: `DISORDER_SEED=N make integration` draws the same
again. `make soak-operator` takes DISORDER_STEPS=10000 and a seed of its own.
"""

import asyncio
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from controlplane import ADMIN, ROOT, ControlPlane
from disorder import Disorder, Stage
from dry_run import DryRun
from runtime_server import RuntimeServer
from weather import weather

STEPS = int(os.environ.get("DISORDER_STEPS", "300"))
SEED = int(os.environ.get("DISORDER_SEED", "20260131"))
RUN = 100
"""Steps before a new beginning."""


@pytest.fixture
def stage(plane: ControlPlane, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Stage]:
    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", flush=True)

    # The operator asks every pod at its IP, on port 8081: two runtimes on two addresses of loopback.
    addresses = {
        repository: f"127.{secrets.randbelow(254)}.{secrets.randbelow(254)}.{number}"
        for number, repository in enumerate(("", "completions"), 2)
    }
    echo, completions = (
        RuntimeServer(ROOT / "examples" / example, f"--host={address}", "--admin-port=8081", folder=tmp_path)
        for example, address in zip(("echo", "completions"), addresses.values(), strict=True)
    )
    with echo, completions, weather(plane) as sky, asyncio.Runner() as runner:
        echo.ready()
        completions.ready()
        dry_run = runner.run(DryRun.connect(plane.kubeconfig(ADMIN)))
        stage = Stage(plane, sky, addresses, tmp_path, runner.get_loop(), dry_run, tell)
        yield stage
        stage.close()
        runner.run(dry_run.close())


@pytest.mark.timeout(60 + STEPS)
def test_disorder_leaves_nothing_wrong(stage: Stage) -> None:
    stage.tell(f"disorder: seed {SEED}, {STEPS} steps")
    runs = 1 + -(-STEPS // RUN)  # the first does the simplest thing again and again
    try:
        run_state_machine_as_test(
            seed(SEED)(lambda: Disorder(stage)),  # type: ignore[arg-type]  # a function may make it, too
            settings=settings(
                max_examples=runs,
                stateful_step_count=RUN,
                deadline=None,
                database=None,
                report_multiple_bugs=False,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        assert not stage.failure, stage.failure
    assert stage.tally.steps >= STEPS
