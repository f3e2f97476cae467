"""The values: each one in the schema, documented, and with an effect; anything else refused by name."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., list[Json]]

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
VALUES: Json = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text())


def paths_of_values(values: Json, at: str = "") -> Iterator[str]:
    """Yields the path of every value; a map that is empty by default is one value."""
    for key, value in values.items():
        if isinstance(value, dict) and value and key != "resources":
            yield from paths_of_values(value, f"{at}{key}.")
        else:
            yield f"{at}{key}"


def paths_of_schema(schema: Json, at: str = "") -> Iterator[str]:
    for key, below in schema.get("properties", {}).items():
        if "properties" in below and isinstance(VALUES.get(key), dict) and VALUES[key] and key != "resources":
            yield from paths_of_schema(below, f"{at}{key}.")
        else:
            yield f"{at}{key}"


PATHS = sorted(paths_of_values(VALUES))


def nested(path: str, value: object) -> Json:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def at(values: Json, path: str) -> Any:
    found: Any = values
    for key in path.split("."):
        found = found[key]
    return found


def objects(schema: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Yields every schema below this one that lists properties, with its place."""
    if "properties" in schema:
        yield at, schema
    for key, below in schema.items():
        if isinstance(below, dict):
            yield from objects(below, f"{at}/{key}")


def test_schema_and_values_list_the_same() -> None:
    assert set(paths_of_schema(SCHEMA)) - {"global"} == set(PATHS)


def test_schema_is_closed_everywhere() -> None:
    assert [at for at, schema in objects(SCHEMA) if schema.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("path", ["replica", "image.tagg", "crds.install", "serviceAccount.annotation"])
def test_an_unknown_value_is_refused_by_name(helm_template: Helm, path: str) -> None:
    done = helm_template(values=nested(path, "x"))
    assert path.rpartition(".")[2] in done.stderr


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("image.tag", 1),
        ("image.tag", "a b"),
        ("image.digest", "sha256:short"),
        ("image.repository", ""),
        ("image.pullPolicy", "Sometimes"),
        ("crds.enabled", "yes"),
        ("logLevel", "chatty"),
        ("podAnnotations", {"example.com/count": 1}),
        ("env", [{"value": "nameless"}]),
        ("imagePullSecrets", ["registry"]),
        ("tolerations", [{"effect": "NoSleep"}]),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm_template: Helm, path: str, value: object) -> None:
    done = helm_template(values=nested(path, value))
    assert done.returncode != 0
    assert path.rpartition(".")[2] in done.stderr


def test_one_file_of_values_sets_every_value_to_something_else() -> None:
    full = yaml.safe_load((CHART / "ci" / "full-values.yaml").read_text())
    same = [path for path in PATHS if at(full, path) == at(VALUES, path)]
    assert same == ["crds.enabled", "serviceAccount.create"], (
        "these two are turned in brought-along-values.yaml"
    )


@pytest.mark.parametrize("path", [path for path in PATHS if path != "nameOverride"])
def test_every_value_has_an_effect(render: Render, path: str) -> None:
    full = yaml.safe_load((CHART / "ci" / "full-values.yaml").read_text())
    changed = at(full, path) if at(full, path) != at(VALUES, path) else not at(VALUES, path)
    assert render(values=nested(path, changed)) != render()


def test_the_name_is_overridden_within_the_releases_own(render: Render) -> None:
    manifests = render(values={"nameOverride": "models"}, release="mine")
    names = {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "Deployment"}
    assert names == {"mine-models"}


def test_every_value_is_documented_in_the_readme() -> None:
    table = [sys.executable, str(Path(__file__).with_name("values_table.py")), "--check"]
    done = subprocess.run(table, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
