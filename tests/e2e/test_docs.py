"""The quick start, command by command, as a reader types it."""

import contextlib
import subprocess
from collections.abc import Callable

import pytest

from cluster import Kubectl
from pages import DOCS, ROOT, Step, blocks, steps

DESK = "localhost:8080"


@pytest.mark.timeout(300)
def test_quick_start_prints_what_it_promises(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    example("echo")
    shown = [step for block in blocks(DOCS / "quickstart.md", "console") for step in steps(block)]
    assert shown

    with kubectl.port_forward("service/echo") as base, contextlib.ExitStack() as put_right:
        put_right.callback(kubectl, "apply", "--filename", str(ROOT / "examples/echo/trussmodel.yaml"))
        for step in shown:
            promise = Step(step.command, step.output.replace("default.svc", f"{kubectl.namespace}.svc"))
            promise.check(typed(kubectl, step.command.replace(DESK, base.removeprefix("http://"))))


def typed(kubectl: Kubectl, command: str) -> str:
    """What the command prints in a shell whose kubectl is in the test's namespace."""
    script = f'kubectl() {{ command kubectl --namespace {kubectl.namespace} "$@"; }}\n{command}'
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
