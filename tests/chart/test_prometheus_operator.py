"""What the chart makes for the Prometheus Operator, against that operator's own definitions."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

Json = dict[str, Any]
Render = Callable[..., list[Json]]

ROOT = Path(__file__).parents[2]
KINDS = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}


@pytest.fixture(scope="module")
def definitions() -> dict[str, Json]:
    """The schema of each kind, closed: the API server would drop what it does not know without a word."""
    script = ROOT / "hack" / "tools" / "prometheus-crds.sh"
    folder = subprocess.run([script], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    read = [yaml.safe_load(file.read_text()) for file in Path(folder).glob("*.yaml")]
    return {
        definition["spec"]["names"]["kind"]: closed(
            definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        )
        for definition in read
    }


def closed(schema: Any) -> Any:
    """The schema with nothing allowed beside the fields that it lists."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        made.setdefault("additionalProperties", False)
    return made


def problems(manifest: Json, definitions: dict[str, Json]) -> list[str]:
    """What its definition has against it; of its metadata the API server says more itself."""
    whole = {**manifest, "metadata": {}}
    return [
        f"{error.json_path}: {error.message}"
        for error in Draft7Validator(definitions[manifest["kind"]]).iter_errors(whole)
    ]


def made_for_it(manifests: list[Json]) -> list[Json]:
    return [m for m in manifests if m["apiVersion"].startswith("monitoring.coreos.com/")]


def test_they_are_what_it_takes(render: Render, case: Path, definitions: dict[str, Json]) -> None:
    found = {m["kind"]: problems(m, definitions) for m in made_for_it(render(values=case))}
    assert {kind: said for kind, said in found.items() if said} == {}


def test_all_three_with_the_defaults_are_what_it_takes(render: Render, definitions: dict[str, Json]) -> None:
    on: Json = {"enabled": True}
    values = {"metrics": {"serviceMonitor": on, "podMonitor": on}, "alerts": on}
    found = {m["kind"]: problems(m, definitions) for m in made_for_it(render(values=values))}
    assert found == {kind: [] for kind in KINDS}


@pytest.mark.parametrize("duration", ["30s", "1m30s", "500ms", "1h"])
def test_a_duration_that_the_chart_takes_is_one_that_it_takes(
    render: Render, definitions: dict[str, Json], duration: str
) -> None:
    monitor = {"enabled": True, "interval": duration, "scrapeTimeout": duration}
    (made,) = made_for_it(render(values={"metrics": {"podMonitor": monitor}}))
    assert problems(made, definitions) == []


def test_a_field_that_it_does_not_know_and_a_wrong_one_are_found(
    render: Render, definitions: dict[str, Json]
) -> None:
    relabelings = [{"targetLabel": "a", "replacment": "b"}, {"action": "invent"}]
    values = {"metrics": {"podMonitor": {"enabled": True, "relabelings": relabelings}}}
    (made,) = made_for_it(render(values=values))
    said = " ".join(problems(made, definitions))
    assert "replacment" in said
    assert "invent" in said
