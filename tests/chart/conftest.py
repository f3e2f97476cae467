"""The chart as the real helm renders it, without a cluster."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
CASES = sorted((CHART / "ci").glob("*-values.yaml"))

FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Json = dict[str, Any]
Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., list[Json]]


@pytest.fixture(scope="session")
def chart() -> Path:
    return CHART


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Runs helm, away from its user's settings and clusters; the exit code is the caller's to judge."""
    binary = shutil.which("helm")
    if binary is None:
        pytest.fail("helm is not on PATH: run these tests by `make chart`, which brings it along")
    home = tmp_path_factory.mktemp("helm")
    names = ("HELM_CONFIG_HOME", "HELM_CACHE_HOME", "HELM_DATA_HOME")
    environment = {**os.environ, **{name: str(home / name) for name in (*names, "KUBECONFIG")}}

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        command = [binary, *map(str, arguments)]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=50, cwd=home
        )

    return run


@pytest.fixture(scope="session")
def helm_template(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Runs `helm template`; the keyword `values` is a mapping or a file."""

    def template(
        *arguments: str,
        values: Json | Path | None = None,
        release: str = "trussmodel-operator",
        namespace: str = "trussmodel-system",
        chart: Path = CHART,
    ) -> subprocess.CompletedProcess[str]:
        if isinstance(values, dict):
            path = tmp_path_factory.mktemp("values") / "values.json"
            path.write_text(
                json.dumps(values, ensure_ascii=False)
            )  # YAML too, and no text in it reads as something else
            values = path
        files = [] if values is None else ["--values", str(values)]
        return helm("template", release, chart, "--namespace", namespace, *files, *arguments)

    return template


@pytest.fixture(scope="session")
def render(helm_template: Helm) -> Render:
    """Returns the manifests that the values yield; fails with helm's own words where it refuses."""

    rendered: dict[str, str] = {}

    def manifests(*arguments: str, **keywords: Any) -> list[Json]:
        key = repr((arguments, sorted(keywords.items())))
        if key not in rendered:
            done = helm_template(*arguments, **keywords)
            assert done.returncode == 0, done.stderr
            rendered[key] = done.stdout
        return [document for document in yaml.load_all(rendered[key], Loader=FAST) if document]

    return manifests


@pytest.fixture(scope="session", params=CASES, ids=lambda path: path.stem)
def case(request: pytest.FixtureRequest) -> Path:
    """Each file of values that the chart is tested with, in turn."""
    path: Path = request.param
    return path
