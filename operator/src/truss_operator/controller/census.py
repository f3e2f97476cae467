"""How the TrussModels are, read off their statuses at every scrape: for dashboards and alerts.

One series each for what is ready and why not; and of each TrussModel, up to a bound, whether it is ready,
what it is, and how it last failed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from truss_operator.controller.cache import Cache
from truss_operator.kube.resource import TRUSSMODELS
from truss_operator.observation import Json


class Census(Collector):
    """A collector for Prometheus.

    Args:
        cache: Holds the TrussModels.
        most: For so many of them there are series of their own; of more than that, for none beyond.
    """

    def __init__(self, cache: Cache, most: int) -> None:
        self._cache = cache
        self._most = most

    def collect(self) -> Iterator[Metric]:
        """The families, with a sample for each that is there."""
        models = [entry.object for entry in self._cache.all(TRUSSMODELS)]
        counts = Counter((_ready(model)["status"], _ready(model)["reason"]) for model in models)
        total = GaugeMetricFamily(
            "trussmodel_operator_trussmodels", "TrussModels by Ready", labels=["ready", "reason"]
        )
        for labels, count in counts.items():
            total.add_metric(labels, count)
        yield total
        yield from _each(list(islice(models, self._most)))


def _each(models: list[Json]) -> Iterator[Metric]:
    name = ["namespace", "name"]
    ready = GaugeMetricFamily("trussmodel_ready", "Whether the TrussModel is ready", labels=name)
    info = GaugeMetricFamily(
        "trussmodel_info", "What the TrussModel runs", labels=[*name, "image", "environment", "revision"]
    )
    failed = GaugeMetricFamily(
        "trussmodel_last_failure",
        "When the TrussModel last failed, in seconds since 1970",
        labels=[*name, "phase", "reason"],
    )
    for model in models:
        metadata, spec, status = model["metadata"], model.get("spec") or {}, model.get("status") or {}
        who = [metadata["namespace"], metadata["name"]]
        ready.add_metric(who, _ready(model)["status"] == "True")
        what = (spec.get("image"), spec.get("environment"), status.get("activeRevision"))
        info.add_metric([*who, *(str(each or "") for each in what)], 1)
        if failure := status.get("lastFailure"):
            how = [str(failure.get("phase") or ""), str(failure.get("reason") or "")]
            failed.add_metric([*who, *how], _seconds(failure.get("time")))
    yield from (ready, info, failed)


def _ready(model: Json) -> dict[str, Any]:
    conditions = (model.get("status") or {}).get("conditions") or ()
    return next((c for c in conditions if c["type"] == "Ready"), {"status": "Unknown", "reason": ""})


def _seconds(time: Any) -> float:
    try:
        return datetime.fromisoformat(str(time)).timestamp()
    except ValueError:
        return 0.0
