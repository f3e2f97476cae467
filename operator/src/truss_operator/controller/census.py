"""How the TrussModels are, read off their statuses at every scrape: for dashboards and alerts.

One series each for what is ready and why not; and of each TrussModel, up to a bound, whether it is ready,
what it is, and how it last failed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.observation import Json


@dataclass(frozen=True, slots=True)
class _Line:
    """What is told of one TrussModel."""

    version: int
    ready: str
    reason: str
    what: tuple[str, ...]
    """Image, environment, revision: of what serves; image and revision are empty before anything does."""
    failure: tuple[str, str, float] | None
    """Phase, reason, seconds since 1970."""


class Census(Collector):
    """A collector for Prometheus.

    Args:
        cache: Holds the TrussModels.
        most: For so many of them there are series of their own; of more than that, for none beyond.
    """

    def __init__(self, cache: Cache, most: int) -> None:
        self._cache = cache
        self._most = most
        self._lines: dict[Key, _Line] = {}

    def collect(self) -> Iterator[Metric]:
        """The families, with a sample for each that is there."""
        # Read anew only where something has changed: all of them at every scrape would hold up the loop.
        self._lines = {key: line for key in self._cache.trussmodels() if (line := self._line(key))}
        counts = Counter((line.ready, line.reason) for line in self._lines.values())
        total = GaugeMetricFamily(
            "trussmodel_operator_trussmodels", "TrussModels by Ready", labels=["ready", "reason"]
        )
        for labels, count in counts.items():
            total.add_metric(labels, count)
        yield total
        yield from _each(islice(self._lines.items(), self._most))

    def _line(self, key: Key) -> _Line | None:
        known = self._lines.get(key)
        if known is not None and known.version == self._cache.version(TRUSSMODELS, key):
            return known
        entry = self._cache.get(TRUSSMODELS, key)
        return _line_of(entry.object, entry.version) if entry is not None else None


def _line_of(model: Json, version: int) -> _Line:
    spec, status = model.get("spec") or {}, model.get("status") or {}
    what = (status.get("image"), spec.get("environment"), status.get("activeRevision"))
    failure = status.get("lastFailure") or {}
    how = (str(failure.get("phase") or ""), str(failure.get("reason") or ""), _seconds(failure.get("time")))
    ready = _ready(status)
    return _Line(
        version,
        ready["status"],
        ready["reason"],
        tuple(str(each or "") for each in what),
        how if failure else None,
    )


def _each(lines: Iterable[tuple[Key, _Line]]) -> Iterator[Metric]:
    name = ["namespace", "name"]
    ready = GaugeMetricFamily("trussmodel_ready", "Whether the TrussModel is ready", labels=name)
    info = GaugeMetricFamily(
        "trussmodel_info", "What of the TrussModel serves", labels=[*name, "image", "environment", "revision"]
    )
    failed = GaugeMetricFamily(
        "trussmodel_last_failure",
        "When the TrussModel last failed, in seconds since 1970",
        labels=[*name, "phase", "reason"],
    )
    for key, line in lines:
        ready.add_metric(key, line.ready == "True")
        info.add_metric([*key, *line.what], 1)
        if line.failure is not None:
            phase, reason, when = line.failure
            failed.add_metric([*key, phase, reason], when)
    yield from (ready, info, failed)


def _ready(status: Json) -> dict[str, Any]:
    conditions = status.get("conditions") or ()
    return next((c for c in conditions if c["type"] == "Ready"), {"status": "Unknown", "reason": ""})


def _seconds(time: Any) -> float:
    try:
        return datetime.fromisoformat(str(time)).timestamp()
    except ValueError:
        return 0.0
