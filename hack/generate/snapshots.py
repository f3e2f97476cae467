"""What the chart renders for each file of values in ci/, kept so that a change shows what it changes."""

import functools
from collections.abc import Callable
from typing import Any

import yaml
from hack.generate.helm import documents
from hack.generate.manifest import Dumper
from hack.generate.values import CHART


def snapshots() -> dict[str, Callable[[str], str]]:
    """Each snapshot's file with what makes its text."""
    cases = sorted((CHART / "ci").glob("*-values.yaml"))
    return {f"tests/chart/snapshots/{case.stem}.yaml": _of(str(case)) for case in cases}


def _of(values: str) -> Callable[[str], str]:
    @functools.cache
    def made(_: str) -> str:
        shown = [d for d in documents("--values", values, "--skip-tests") if not _holds_a_file(d)]
        shown.sort(key=lambda d: (d["kind"], d["metadata"].get("namespace", ""), d["metadata"]["name"]))
        return yaml.dump_all(shown, Dumper=Dumper, sort_keys=True, width=120)

    return made


def _holds_a_file(manifest: dict[str, Any]) -> bool:
    """Whether it shows a file of the chart as it is: that shows its own changes."""
    component = manifest["metadata"].get("labels", {}).get("app.kubernetes.io/component")
    return manifest["kind"] == "CustomResourceDefinition" or bool(component == "dashboard")
