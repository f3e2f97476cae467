"""What helm itself says of the chart."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Helm = Callable[..., subprocess.CompletedProcess[str]]


def test_the_package_leaves_out_what_only_tests_need(helm: Helm, chart: Path, tmp_path: Path) -> None:
    done = helm("package", chart, "--destination", tmp_path)
    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("*.tgz")
    listed = subprocess.run(["tar", "--list", "--file", archive], capture_output=True, text=True, check=True)
    assert "/ci/" not in listed.stdout


def test_an_older_kubernetes_is_refused_by_version(helm_template: Helm) -> None:
    done = helm_template("--kube-version", "1.30.9")
    assert "kubeVersion: >=1.31.0-0" in done.stderr


def test_a_vendors_version_suffix_is_no_hindrance(helm_template: Helm) -> None:
    done = helm_template("--kube-version", "v1.31.0-eks-1a2b3c")
    assert done.returncode == 0, done.stderr


def test_it_works_as_a_subchart(helm_template: Helm, chart: Path, tmp_path: Path) -> None:
    parent: dict[str, Any] = {"apiVersion": "v2", "name": "platform", "version": "1.0.0"}
    parent["dependencies"] = [{"name": chart.name, "version": "*"}]
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(parent))
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / chart.name).symlink_to(chart)
    done = helm_template(chart=tmp_path, values={"global": {"region": "eu"}})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("enabled", [True, False])
def test_a_parent_chart_switches_it_by_a_condition(
    helm_template: Helm, chart: Path, tmp_path: Path, enabled: bool
) -> None:
    dependency = {"name": chart.name, "version": "*", "condition": f"{chart.name}.enabled"}
    parent = {"apiVersion": "v2", "name": "platform", "version": "1.0.0", "dependencies": [dependency]}
    (tmp_path / "Chart.yaml").write_text(yaml.safe_dump(parent))
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / chart.name).symlink_to(chart)
    done = helm_template(chart=tmp_path, values={chart.name: {"enabled": enabled}})
    assert done.returncode == 0, done.stderr
    assert ("kind: Deployment" in done.stdout) == enabled


def test_the_icon_is_a_picture_of_the_documentation(chart: Path) -> None:
    """Which is built from docs/, so that the address leads to it."""
    metadata = yaml.safe_load((chart / "Chart.yaml").read_text())
    icon = metadata["icon"].removeprefix(f"{metadata['home']}/")
    assert (Path(__file__).parents[2] / "docs" / icon).is_file()
