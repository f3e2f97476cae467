"""The PromQL of alerts and dashboards: what it reads, and what a /metrics shows."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

Json = dict[str, Any]
Metrics = dict[str, set[str]]
"""The name of each series with the labels that it carries, or that are asked of it."""

FILES = Path(__file__).parents[2] / "charts" / "trussmodel-operator" / "files"
ALERTS = sorted((FILES / "alerts").glob("*.yaml"))
DASHBOARDS = sorted((FILES / "dashboards").glob("*.json"))

_WORDS = {
    "and",
    "bool",
    "by",
    "group_left",
    "group_right",
    "ignoring",
    "offset",
    "on",
    "or",
    "unless",
    "without",
}
_ADDED = {"instance", "namespace", "pod", "revision", "trussmodel"}
"""Labels that Prometheus, or the PodMonitor's relabeling, puts on what it scrapes."""
_SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}


def rules(file: Path) -> Iterator[Json]:
    """The alerts of a file."""
    for group in yaml.safe_load(file.read_text())["groups"]:
        yield from group["rules"]


def queries(file: Path) -> list[str]:
    """All of a dashboard's, with values in place of Grafana's variables."""
    dashboard = json.loads(file.read_text())
    found = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    found += [query.removeprefix("label_values(").rpartition(",")[0] for query in asked]
    return [re.sub(r"\$\w+", "x", query.replace("$__rate_interval", "5m")) for query in found]


def expressions(about: str) -> list[str]:
    """All about the ``operator`` or the ``models``."""
    alerts = [rule["expr"] for rule in rules(FILES / "alerts" / f"{about}.yaml")]
    return alerts + queries(FILES / "dashboards" / f"{about}.json")


def used_by(expression: str) -> Metrics:
    """Which series an expression reads, with the labels that it selects by."""
    bare = re.sub(r"\b(by|on|ignoring|without)\s*\([^)]*\)|\[\w+\]", " ", expression)
    selectors = dict(re.findall(r"([a-z]\w+)\{([^}]*)\}", bare))
    without_text = re.sub(r'\{[^}]*\}|"[^"]*"', " ", bare)
    names = re.findall(r"\b([a-z]\w+)\b(?!\s*\()", without_text)
    found: Metrics = {name: set() for name in names if name not in _WORDS}
    for name, selector in selectors.items():
        found[name] |= set(re.findall(r"(\w+)\s*(?:=|!=)", selector))
    return found


def missing(expressions: list[str], metrics: Metrics) -> list[str]:
    """What expressions ask for and metrics do not show: names, and labels of those with samples."""
    lacking = []
    for expression in expressions:
        for name, labels in used_by(expression).items():
            if name not in metrics:
                lacking.append(f"{name} in {expression}")
            elif metrics[name] and labels - metrics[name] - _ADDED:
                lacking.append(f"{labels - metrics[name] - _ADDED} of {name} in {expression}")
    return lacking


def shown(text: str) -> Metrics:
    """What a /metrics shows, those of which there is only the type included."""
    found: Metrics = {}
    for family in text_string_to_metric_families(text):
        for suffix in _SUFFIXES.get(family.type, [""]):
            found.setdefault(family.name + suffix, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found
