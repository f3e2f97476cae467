"""A pod in the cluster that calls a model all the time, and what came of its calls."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from cluster import Json, Kubectl, image, until

SCRIPT = Path(__file__).with_name("steady_load.py")


@dataclass
class Report:
    """What came of the calls in a stretch of time."""

    taken: dict[str, list[float]] = field(default_factory=dict)
    """Milliseconds of each request, by kind of caller."""
    lost: list[Json] = field(default_factory=list)

    def percentile(self, kind: str, percent: int) -> float:
        """Milliseconds that so many percent of the requests of that kind took at most."""
        return quantiles(self.taken[kind], n=100, method="inclusive")[percent - 1]

    def lines(self) -> Iterator[str]:
        """The figures, for people."""
        for kind, taken in self.taken.items():
            shown = ", ".join(f"p{percent} {self.percentile(kind, percent):.1f}" for percent in (50, 95, 99))
            yield f"{kind:<24} {len(taken):5d} requests: {shown} ms"
        yield f"lost: {len(self.lost)}"


class LoadPod:
    """The pod as it runs."""

    def __init__(self, kubectl: Kubectl, name: str, clock: Callable[[], datetime]) -> None:
        self._kubectl, self._name, self._clock = kubectl, name, clock

    def report(self, since: datetime) -> Report:
        """What came of the requests that have ended since, until now; all that ended until now is in it."""
        now = self._clock().timestamp()
        told = until(self._told, lambda told: told[-1]["at"] > now, 30)
        report = Report()
        for line in told:
            if line["at"] >= since.timestamp():
                for kind, taken in line["taken"].items():
                    report.taken.setdefault(kind, []).extend(taken)
                report.lost += line["lost"]
        return report

    def _told(self) -> list[Json]:
        log = self._kubectl("logs", self._name)
        return [json.loads(line) for line in log.splitlines()] or [{"at": 0.0}]


@contextmanager
def load_pod(
    kubectl: Kubectl,
    url: str,
    *,
    name: str = "load",
    node: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[LoadPod]:
    """Calls the URL from inside the cluster as long as the context lasts; it begins once calls are answered.

    Args:
        kubectl: of the namespace for the pod.
        url: of a lab model.
        name: of the pod.
        node: where to run.
        clock: of the wall; it must be that of the nodes.
    """
    container = {
        "name": "load",
        "image": image("test-lab"),
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", SCRIPT.read_text(), url],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec: dict[str, Any] = {
        "containers": [container],
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 60000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if node is not None:
        spec["nodeName"] = node
    kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec})
    try:
        kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=60s")
        load = LoadPod(kubectl, name, clock)
        until(lambda: _kinds(load), lambda kinds: min(kinds.values(), default=0) > 0 and len(kinds) == 4, 30)
        yield load
    finally:
        kubectl("delete", "pod", name, "--wait=false")


def _kinds(load: LoadPod) -> Counter[str]:
    lines = load._told()
    return Counter({kind: len(taken) for line in lines for kind, taken in line.get("taken", {}).items()})
