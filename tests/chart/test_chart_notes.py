"""What an install says at its end, as helm renders it for that very release."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


def test_they_ask_for_the_definition_that_the_release_does_not_bring(notes: Callable[..., str]) -> None:
    assert "kubectl get crd trussmodels.trussmodel.dev" in notes(values={"crds": {"enabled": False}})


def test_they_do_not_ask_for_the_definition_that_the_release_brings(notes: Callable[..., str]) -> None:
    assert "kubectl get crd" not in notes()
