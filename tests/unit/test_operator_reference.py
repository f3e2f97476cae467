"""docs/reference/operator.md and the operator agree."""

import re
from pathlib import Path

import yaml

from truss_operator.controller.cache import Cache
from truss_operator.controller.census import Census
from truss_operator.kube.permissions import Permissions
from truss_operator.main import main
from truss_operator.metrics import Followed, Metrics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "operator.md").read_text()
ROLE = (ROOT / "charts" / "trussmodel-operator" / "templates" / "clusterrole.yaml").read_text()
NO_DEFAULT = ("--kubeconfig", "--lease-namespace")


def _rows(heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, header and rule aside."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "---" not in line]


def test_every_setting_is_told_with_its_variable_and_default() -> None:
    told = {row[0].strip("`"): (row[1], row[2].strip("`")) for row in _rows("Settings")[1:]}
    options = {option.opts[0]: option for option in main.params if option.name not in ("version", "help")}
    assert set(told) == set(options)
    for flag, (variable, default) in told.items():
        assert f"`TRUSS_OPERATOR_{flag[2:].replace('-', '_').upper()}`" in variable
        value = options[flag].default
        number = f"{value:g}" if isinstance(value, float) else str(value)
        assert default == (number if value not in (None, "") and flag not in NO_DEFAULT else "none")


def test_every_metric_is_told_with_its_labels() -> None:
    told = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in _rows("Its port") if "_" in row[0]
    }
    metrics = Metrics()
    permissions = Permissions()
    permissions.refused('cannot list resource "pods" in API group ""')
    metrics.registry.register(Followed(lambda: {"pods": 1}, lambda: {"pods": 1}, list, permissions))
    metrics.registry.register(Census(Cache(), 1))
    own = [m for m in metrics.registry.collect() if not m.name.startswith(("process_", "python_"))]
    names = {m.name + ("_total" if m.type == "counter" else "") for m in own}
    assert set(told) == names
    for metric in own:
        labels = {key for sample in metric.samples for key in sample.labels} - {"le"}
        assert labels <= told[metric.name + ("_total" if metric.type == "counter" else "")]


def test_permissions_are_those_of_the_chart() -> None:
    told = set()
    for group, resource, verbs in _rows("What it may do")[1:]:
        name = "" if group == "core" else group.strip("`")
        told |= {(name, resource.strip("`"), verb) for verb in verbs.split(", ")}
    rules = yaml.safe_load(ROLE[ROLE.index("\nrules:") :].split("{{")[0])["rules"]
    granted = {
        (group, resource, verb)
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert told == granted
