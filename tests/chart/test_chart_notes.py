"""What an install says at its end, as helm renders it for that very release."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
Render = Callable[..., list[Json]]


@pytest.fixture
def notes(render: Render, chart: Path, tmp_path: Path) -> Callable[..., str]:
    """Renders NOTES.txt, as a field of a manifest in a copy of the chart: `helm template` shows no notes."""
    copy = shutil.copytree(chart, tmp_path / "chart")
    text = (chart / "templates" / "NOTES.txt").read_text()
    manifest = '{"apiVersion": "v1", "kind": "Notes", "text": {{ include "notes" . | toJson }}}'
    (copy / "templates" / "notes.yaml").write_text(
        f'{{{{- define "notes" }}}}{text}{{{{ end -}}}}\n{manifest}\n'
    )

    def rendered(**keywords: Any) -> str:
        (found,) = render("--show-only", "templates/notes.yaml", chart=copy, **keywords)
        shown: str = found["text"]
        return shown

    return rendered


def test_they_name_the_command_that_waits_for_this_very_deployment(notes: Callable[..., str]) -> None:
    said = notes(release="mine", namespace="models")
    assert "kubectl --namespace models rollout status deployment/mine-trussmodel-operator" in said


def test_they_show_how_to_serve_a_model(notes: Callable[..., str]) -> None:
    assert "kind: TrussModel" in notes()


def test_the_model_that_they_show_is_where_the_operator_serves_it(notes: Callable[..., str]) -> None:
    said = notes(values={"watch": {"namespaces": ["blue", "green"]}}, namespace="models")
    assert model_of(said)["metadata"]["namespace"] == "blue"
    assert "kubectl get trussmodels --namespace blue" in said
    assert model_of(notes(namespace="models"))["metadata"]["namespace"] == "default"


def test_the_model_that_they_show_is_one_that_the_operator_selects(notes: Callable[..., str]) -> None:
    watch = {"selector": "shard in (a, b)"}
    said = notes(values={"watch": watch, "tests": {"labels": {"shard": "a"}}})
    assert model_of(said)["metadata"]["labels"] == {"shard": "a"}
    untold = notes(values={"watch": watch})
    assert "shard in (a, b)" in untold
    assert model_of(untold)["kind"] == "TrussModel"
    assert "labels" not in model_of(notes())["metadata"]


def test_they_name_the_test_of_this_very_release(notes: Callable[..., str]) -> None:
    said = notes(release="mine", namespace="models")
    assert "helm test mine --namespace models --logs" in said


def test_they_lead_to_the_documentation_where_there_is_one(notes: Callable[..., str]) -> None:
    assert "https://docs.example.com" in notes(values={"docsUrl": "https://docs.example.com"})
    assert "documentation" not in notes(values={"docsUrl": ""})


def model_of(said: str) -> Json:
    """The manifest that they show."""
    text = said.partition("<<EOF\n")[2].partition("    EOF")[0]
    found: Json = yaml.safe_load(text)
    return found


def test_they_ask_for_the_definition_that_the_release_does_not_bring(notes: Callable[..., str]) -> None:
    assert "kubectl get crd trussmodels.trussmodel.dev" in notes(values={"crds": {"enabled": False}})


def test_they_do_not_ask_for_the_definition_that_the_release_brings(notes: Callable[..., str]) -> None:
    assert "kubectl get crd" not in notes()
