"""The CustomResourceDefinition that the chart installs."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., list[Json]]

RAW = Path(__file__).parents[2] / "deploy" / "crds" / "trussmodels.trussmodel.dev.yaml"
GENERATED: Json = yaml.safe_load(RAW.read_text())
KEEP = {"helm.sh/resource-policy": "keep"}


def crds(manifests: list[Json]) -> list[Json]:
    return [manifest for manifest in manifests if manifest["kind"] == "CustomResourceDefinition"]


def test_its_spec_is_the_generated_one(render: Render) -> None:
    (rendered,) = crds(render())
    assert rendered["spec"] == GENERATED["spec"]


def test_its_name_is_the_generated_one(render: Render) -> None:
    (rendered,) = crds(render())
    assert rendered["metadata"]["name"] == GENERATED["metadata"]["name"]


def test_the_generated_annotations_stay(render: Render) -> None:
    (rendered,) = crds(render(values={"crds": {"keep": False}}))
    assert rendered["metadata"].get("annotations") == GENERATED["metadata"].get("annotations")


def test_it_is_left_out_when_disabled(render: Render) -> None:
    assert crds(render(values={"crds": {"enabled": False}})) == []


def test_it_outlives_the_release_by_default(render: Render) -> None:
    (rendered,) = crds(render())
    assert KEEP.items() <= rendered["metadata"]["annotations"].items()


def test_it_goes_with_the_release_when_told(render: Render) -> None:
    (rendered,) = crds(render(values={"crds": {"keep": False}}))
    assert not KEEP.keys() & rendered["metadata"].get("annotations", {}).keys()


def test_a_chart_without_its_definition_is_refused(helm_template: Helm, chart: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(chart, tmp_path / "chart", ignore=shutil.ignore_patterns("files"))
    done = helm_template(chart=copy)
    assert "run `make generate`" in done.stderr


def test_it_belongs_to_the_release(render: Render) -> None:
    (rendered,) = crds(render(release="mine"))
    assert rendered["metadata"]["labels"]["app.kubernetes.io/instance"] == "mine"
