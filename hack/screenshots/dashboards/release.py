"""What the chart brings for monitoring, as it renders it: the dashboards, and what scrapes whom how often."""

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[3] / "charts" / "trussmodel-operator"
NAME, NAMESPACE = "trussmodel-operator", "trussmodel-system"
_WANTED = ("dashboards", "metrics.serviceMonitor", "metrics.podMonitor")


@dataclass(frozen=True)
class Release:
    """The part of a release that is about monitoring."""

    dashboards: dict[str, str]
    """By file name, as Grafana's sidecar would write them."""
    service: str
    """Through which the operators are scraped; their job has its name."""
    models: str
    """The job of the models' pods, which is the PodMonitor's."""
    interval: str
    """How often both are scraped."""


def release() -> Release:
    """Renders the chart.

    Raises:
        ValueError: Operators and models are scraped at intervals of their own.
    """
    flags = [flag for wanted in _WANTED for flag in ("--set", f"{wanted}.enabled=true")]
    command = ["helm", "template", NAME, str(CHART), "--namespace", NAMESPACE, *flags]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    manifests = [each for each in yaml.safe_load_all(done.stdout) if each]
    pods, services = _one(manifests, "PodMonitor"), _one(manifests, "ServiceMonitor")
    intervals = {
        pods["spec"]["podMetricsEndpoints"][0]["interval"],
        services["spec"]["endpoints"][0]["interval"],
    }
    if len(intervals) > 1:
        raise ValueError(f"one interval was to be expected, not {intervals}")
    return Release(
        dashboards={
            file: text
            for each in manifests
            if each["kind"] == "ConfigMap" and "grafana_dashboard" in each["metadata"]["labels"]
            for file, text in each["data"].items()
        },
        service=_one(manifests, "Service")["metadata"]["name"],
        models=f"{pods['metadata']['namespace']}/{pods['metadata']['name']}",
        interval=intervals.pop(),
    )


def _one(manifests: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [each for each in manifests if each["kind"] == kind]
    return found
