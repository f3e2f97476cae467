"""Helm 3 and Helm 4 make the same of the chart."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from helm import helm_program

Json = dict[str, Any]


@pytest.fixture(scope="module")
def helms() -> dict[int, Path]:
    """The programs by their major version."""
    return {major: helm_program(major) for major in (3, 4)}


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("major", [3, 4])
def test_a_version_is_the_one_that_is_asked_for(helms: dict[int, Path], major: int) -> None:
    assert run(helms[major], "version", "--template", "{{.Version}}").startswith(f"v{major}.")


def test_both_render_the_same(helms: dict[int, Path], chart: Path, case: Path) -> None:
    command = ("template", "release", chart, "--namespace", "ns", "--values", case)
    three, four = (list(yaml.safe_load_all(run(helms[major], *command))) for major in (3, 4))
    key: Callable[[Json], tuple[str, ...]] = lambda m: (  # noqa: E731  # typed, and of use here alone
        m["kind"],
        m["metadata"].get("namespace", ""),
        m["metadata"]["name"],
    )
    assert sorted(filter(None, three), key=key) == sorted(filter(None, four), key=key)


@pytest.mark.parametrize("major", [3, 4])
def test_strict_lint_has_nothing_to_say(helms: dict[int, Path], chart: Path, case: Path, major: int) -> None:
    assert run(helms[major], "lint", "--strict", "--quiet", chart, "--values", case).strip() == ""
