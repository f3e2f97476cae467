"""Helm 3 and Helm 4 make the same of the chart."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def helms() -> dict[str, str]:
    """The programs by their major version."""
    return {major: helm_of(major) for major in ("3", "4")}


def helm_of(major: str) -> str:
    script = ["env", f"HELM_MAJOR={major}", str(ROOT / "hack" / "tools" / "helm.sh")]
    folder = subprocess.run(script, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"{folder}/helm" if folder else "helm"


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("major", ["3", "4"])
def test_a_version_is_the_one_that_is_asked_for(helms: dict[str, str], major: str) -> None:
    assert run(helms[major], "version", "--template", "{{.Version}}").startswith(f"v{major}.")


def test_both_render_the_same(helms: dict[str, str], chart: Path, case: Path) -> None:
    command = ("template", "release", chart, "--namespace", "ns", "--values", case)
    three, four = (list(yaml.safe_load_all(run(helms[major], *command))) for major in ("3", "4"))
    key: Callable[[Json], tuple[str, ...]] = lambda m: (  # noqa: E731  # typed, and of use here alone
        m["kind"],
        m["metadata"].get("namespace", ""),
        m["metadata"]["name"],
    )
    assert sorted(filter(None, three), key=key) == sorted(filter(None, four), key=key)


@pytest.mark.parametrize("major", ["3", "4"])
def test_strict_lint_has_nothing_to_say(helms: dict[str, str], chart: Path, case: Path, major: str) -> None:
    assert run(helms[major], "lint", "--strict", "--quiet", chart, "--values", case).strip() == ""
