"""`make demo` as a newcomer runs it, against a cluster that is given; and its removal."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import Kubectl

pytestmark = pytest.mark.alone

ROOT = Path(__file__).parents[2]


def make(target: str) -> str:
    done = subprocess.run(
        ["make", target], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def demo(kubectl: Kubectl) -> Iterator[str]:
    """The output of `make demo`; afterwards it is removed and the operator put back for the other tests."""
    yield make("demo")
    subprocess.run([ROOT / "hack/install.sh"], check=True, capture_output=True)


def test_demo_prints_each_answer(demo: str) -> None:
    answers = [
        line for line in demo.splitlines() if "Hello, who is there?" in line or "environment's URL" in line
    ]

    assert len(answers) >= 2, demo


def test_demo_prints_the_resource_as_ready(demo: str) -> None:
    assert any(line.split()[:3] == ["echo", "production", "True"] for line in demo.splitlines()), demo


@pytest.mark.timeout(300)
def test_demo_down_leaves_nothing_of_the_demo_behind(demo: str) -> None:
    make("demo-down")

    system = Kubectl("trussmodel-system")
    assert system("get", "namespace", "trussmodel-system", "--ignore-not-found") == ""
    assert (
        Kubectl("default")("get", "pods,services", "--selector", "trussmodel.dev/name", "--output", "name")
        == ""
    )
