"""The values: each one in the schema, documented, and with an effect; anything else refused by name."""

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hack.generate.values import documented

Json = dict[str, Any]
Helm = Callable[..., subprocess.CompletedProcess[str]]
Render = Callable[..., list[Json]]

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
VALUES: Json = yaml.safe_load((CHART / "values.yaml").read_text())
FULL: Json = yaml.safe_load((CHART / "ci" / "full-values.yaml").read_text())
SCHEMA: Json = json.loads((CHART / "values.schema.json").read_text())
PATHS = [path for path, _, _ in documented()]


def paths_of_schema(schema: Json, at: str = "") -> Iterator[str]:
    for key, below in schema.get("properties", {}).items():
        if "properties" in below and f"{at}{key}" not in PATHS:
            yield from paths_of_schema(below, f"{at}{key}.")
        else:
            yield f"{at}{key}"


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
    assert set(paths_of_schema(SCHEMA)) - {"global", "enabled"} == set(PATHS)


def test_schema_is_closed_everywhere() -> None:
    assert [at for at, schema in objects(SCHEMA) if schema.get("additionalProperties") is not False] == []


@pytest.mark.parametrize("path", ["replicaCount", "image.tagg", "crds.install", "serviceAccount.annotation"])
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
        ("extraEnv", [{"value": "nameless"}]),
        ("imagePullSecrets", ["registry"]),
        ("fullnameOverride", "Not_A_Name"),
        ("podDisruptionBudget.maxUnavailable", 0),
        ("podDisruptionBudget.maxUnavailable", "many"),
        ("podDisruptionBudget.maxUnavailable", "0%"),
        ("podDisruptionBudget.maxUnavailable", "101%"),
        ("commonLabels", {"owner": "the platform team"}),
        ("commonLabels", {"not a key": "x"}),
        ("podLabels", {"owner": "x" * 64}),
        ("nodeSelector", {"disk": "fast!"}),
        ("tests.labels", {"shard": "a/b"}),
        ("metrics.podMonitor.labels", {"release": "-x"}),
        ("resources", {"requests": {"memory": "256 Mi"}}),
        ("resources", {"limits": {"cpu": "half"}}),
        ("resources", {"limits": {"cpu": -1}}),
        ("alerts.alertLabels", {"on-call": "platform"}),
        ("metrics.podMonitor.interval", "5s1m"),
        ("metrics.podMonitor.scrapeTimeout", ""),
        ("networkPolicy.dnsPorts", []),
        ("networkPolicy.dnsPorts", [70000]),
        ("networkPolicy.extraEgress", [{"from": []}]),
        ("metrics.serviceMonitor.interval", "often"),
        ("networkPolicy.metricsFrom", [{"namespace": "monitoring"}]),
        ("alerts.runbookUrl", "docs"),
        ("docsUrl", "docs.example.com"),
        ("tolerations", [{"effect": "NoSleep"}]),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm_template: Helm, path: str, value: object) -> None:
    done = helm_template(values=nested(path, value))
    assert done.returncode != 0
    assert path.rpartition(".")[2] in done.stderr


@pytest.mark.parametrize("quantity", [1, 0.5, "1", "0.5", "250m", "1.5Gi", "1e3", "2E", "128974848"])
def test_quantities_as_kubernetes_writes_them_are_taken(render: Render, quantity: object) -> None:
    assert render(values={"resources": {"limits": {"cpu": quantity}}})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"extraVolumes": [{"name": "tmp", "emptyDir": {}}]}, "extraVolumes: tmp is the chart's own"),
        ({"extraVolumeMounts": [{"name": "x", "mountPath": "/tmp/"}]}, "mounted on /tmp"),
        ({"extraEnv": [{"name": "POD_NAME", "value": "x"}]}, "extraEnv: POD_NAME is set by the chart"),
        ({"extraEnv": [{"name": "POD_NAMESPACE", "value": "x"}]}, "extraEnv: POD_NAMESPACE is set"),
    ],
)
def test_what_the_chart_has_already_is_refused_in_words(
    helm_template: Helm, values: Json, words: str
) -> None:
    done = helm_template(values=values)
    assert done.returncode != 0
    assert words in done.stderr


def test_one_file_of_values_sets_every_value_to_something_else() -> None:
    same = [path for path in PATHS if at(FULL, path) == at(VALUES, path)]
    brought = yaml.safe_load((CHART / "ci" / "brought-along-values.yaml").read_text())
    assert [path for path in same if at(brought, path) == at(VALUES, path)] == []


@pytest.mark.parametrize("path", [path for path in PATHS if path != "nameOverride"])
def test_every_value_has_an_effect(render: Render, path: str) -> None:
    """Beside the others of the full set, as one may only matter with another; else beside the defaults."""
    if at(FULL, path) != at(VALUES, path):
        other = copy.deepcopy(FULL)
        *above, last = path.split(".")
        place = at(other, ".".join(above)) if above else other
        place[last] = at(VALUES, path)
        if render(values=other) != render(values=FULL):
            return
    changed = at(FULL, path) if at(FULL, path) != at(VALUES, path) else not at(VALUES, path)
    assert render(values=nested(path, changed)) != render(values={})


def test_an_alert_that_does_not_exist_cannot_be_left_out(helm_template: Helm) -> None:
    done = helm_template(values={"alerts": {"enabled": True, "disabled": ["Nonsense"]}})
    assert "there is no alert Nonsense" in done.stderr


def test_a_service_monitor_without_its_service_is_refused(helm_template: Helm) -> None:
    metrics = {"service": {"enabled": False}, "serviceMonitor": {"enabled": True}}
    done = helm_template(values={"metrics": metrics})
    assert "set metrics.service.enabled=true too" in done.stderr


def test_the_name_is_overridden_within_the_releases_own(render: Render) -> None:
    manifests = render(values={"nameOverride": "models"}, release="mine")
    names = {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "Deployment"}
    assert names == {"mine-models"}
