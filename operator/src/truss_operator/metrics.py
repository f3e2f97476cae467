"""What the operator counts, under controller-runtime's names where it has one: its dashboards work."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from truss_operator.kube.permissions import Permissions

CONTROLLER = "trussmodel"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """All metrics of one process, in a registry of their own (docs/reference/operator.md lists them)."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._reconciles = Counter(
            "controller_runtime_reconcile_total",
            "Reconciles by result",
            ["controller", "result"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Duration of a reconcile",
            ["controller"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._errors = Counter(
            "controller_runtime_reconcile_errors_total",
            "Reconciles that failed",
            ["controller"],
            registry=self.registry,
        )
        self._most = Gauge(
            "controller_runtime_max_concurrent_reconciles",
            "How many reconciles run at once",
            ["controller"],
            registry=self.registry,
        )
        self._worked = Histogram(
            "workqueue_work_duration_seconds",
            "How long a key was worked on",
            ["name"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._depth = Gauge("workqueue_depth", "Keys that wait", ["name"], registry=self.registry)
        self._adds = Counter("workqueue_adds_total", "Keys added", ["name"], registry=self.registry)
        self._retries = Counter(
            "workqueue_retries_total", "Keys put off after a failure", ["name"], registry=self.registry
        )
        self._waited = Histogram(
            "workqueue_queue_duration_seconds",
            "How long a key waited",
            ["name"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._calls = Counter(
            "rest_client_requests_total",
            "Calls to the API server, those of the watches too",
            ["method", "code"],
            registry=self.registry,
        )
        self._leads = Gauge(
            "leader_election_master_status",
            "Whether this process holds the lease",
            ["name"],
            registry=self.registry,
        )
        for result in ("success", "requeue_after", "error"):
            self._reconciles.labels(CONTROLLER, result)
        self._depth.labels(CONTROLLER)
        self._errors.labels(CONTROLLER)
        self._most.labels(CONTROLLER)

    def reconciled(self, result: str, seconds: float) -> None:
        """A reconcile ended with ``success``, ``requeue_after`` or ``error``."""
        self._reconciles.labels(CONTROLLER, result).inc()
        self._seconds.labels(CONTROLLER).observe(seconds)
        self._worked.labels(CONTROLLER).observe(seconds)
        if result == "error":
            self._errors.labels(CONTROLLER).inc()

    def serving(self, workers: int) -> None:
        """See `ReconcileObserver.serving`."""
        self._most.labels(CONTROLLER).set(workers)

    def called(self, method: str, code: str) -> None:
        """A call to the API server ended."""
        self._calls.labels(method, code).inc()

    def added(self, depth: int) -> None:
        """See `QueueObserver.added`."""
        self._adds.labels(CONTROLLER).inc()
        self._depth.labels(CONTROLLER).set(depth)

    def taken(self, depth: int, waited: float) -> None:
        """See `QueueObserver.taken`."""
        self._depth.labels(CONTROLLER).set(depth)
        self._waited.labels(CONTROLLER).observe(waited)

    def retried(self) -> None:
        """See `QueueObserver.retried`."""
        self._retries.labels(CONTROLLER).inc()

    def closed(self) -> None:
        """See `QueueObserver.closed`."""
        self._depth.labels(CONTROLLER).set(0)

    def elected(self, name: str, *, leads: bool) -> None:
        """See `ElectionObserver.elected`."""
        self._leads.labels(name).set(leads)


class Followed(Collector):
    """What is read anew at every scrape.

    Args:
        sizes: Objects in the cache, by resource.
        starts: How often a watch was begun, by resource.
        running: For how many seconds each reconcile has been running that has not ended.
        permissions: With the refusals.
    """

    def __init__(
        self,
        sizes: Callable[[], dict[str, int]],
        starts: Callable[[], dict[str, int]],
        running: Callable[[], list[float]],
        permissions: Permissions,
    ) -> None:
        self._sizes = sizes
        self._starts = starts
        self._running = running
        self._permissions = permissions

    def collect(self) -> Iterator[Metric]:
        """See `Collector.collect`."""
        objects = GaugeMetricFamily(
            "trussmodel_operator_cache_objects", "Objects in the cache", labels=["resource"]
        )
        for resource, size in self._sizes().items():
            objects.add_metric([resource], size)
        yield objects
        starts = CounterMetricFamily(
            "trussmodel_operator_watch_starts", "How often a watch was begun", labels=["resource"]
        )
        for resource, count in self._starts().items():
            starts.add_metric([resource], count)
        yield starts
        forbidden = CounterMetricFamily(
            "trussmodel_operator_forbidden",
            "Calls that were refused for a missing permission",
            labels=["verb", "group", "resource"],
        )
        for permission, count in self._permissions.refusals.items():
            forbidden.add_metric([permission.verb, permission.group, permission.resource], count)
        yield forbidden
        running = self._running()
        for name, text, label, value in (
            ("controller_runtime_active_workers", "Reconciles under way", "controller", len(running)),
            ("workqueue_unfinished_work_seconds", "Their seconds so far, added up", "name", sum(running)),
            (
                "workqueue_longest_running_processor_seconds",
                "Those of the longest",
                "name",
                max(running, default=0.0),
            ),
        ):
            family = GaugeMetricFamily(name, text, labels=[label])
            family.add_metric([CONTROLLER], value)
            yield family
