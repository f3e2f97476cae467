"""GET /metrics: what is counted, in Prometheus's formats, and the user's own metrics beside it."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from truss_runtime import __version__
from truss_runtime.metrics import Metrics, RouteTally, Tally
from truss_runtime.service import Service


class Exposition(Collector):
    """The metrics of one service, as a collector of the ecosystem's own library."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def render(self, accept: str) -> tuple[bytes, str]:
        """Returns the text of all metrics and its content type, by what the ``Accept`` header asks for."""
        encode, content_type = choose_encoder(accept)
        return encode(self), content_type

    def collect(self) -> Iterator[Metric]:
        """Yields our metrics and then those of the library's own registry, which hold the user's."""
        service = self._service
        info = GaugeMetricFamily("truss_info", "What is served.", labels=["model", "environment", "version"])
        info.add_metric([service.model, service.environment, __version__], 1)
        yield info
        yield from _of_routes(dict(service.metrics.routes))
        yield from _of_process(service.metrics)
        for name, help_text, read in service.gauges:
            family = GaugeMetricFamily(name, help_text, labels=["limit"])
            for label, value in read().items():
                family.add_metric([label], value)
            yield family
        yield from REGISTRY.collect()


def _of_routes(routes: Mapping[str, RouteTally]) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "truss_requests", "Requests that are over; 499: the client left.", labels=["route", "status"]
    )
    rejected = CounterMetricFamily(
        "truss_requests_rejected", "Requests that never reached the model.", labels=["route", "cause"]
    )
    cancelled = CounterMetricFamily(
        "truss_requests_cancelled", "Requests whose work was ended early.", labels=["route", "cause"]
    )
    chunks = CounterMetricFamily("truss_stream_chunks", "Chunks of streams that are over.", labels=["route"])
    durations = HistogramMetricFamily(
        "truss_request_duration_seconds", "From a request's head to its end.", labels=["route"]
    )
    first_chunks = HistogramMetricFamily(
        "truss_stream_first_chunk_seconds", "From a request's head to its first chunk.", labels=["route"]
    )
    for route, tally in routes.items():
        for status, count in dict(tally.statuses).items():
            requests.add_metric([route, str(status)], count)
        for cause, count in dict(tally.rejected).items():
            rejected.add_metric([route, cause], count)
        for cause, count in dict(tally.cancelled).items():
            cancelled.add_metric([route, cause], count)
        _add(durations, [route], tally.durations)
        if any(tally.first_chunks.counts):
            chunks.add_metric([route], tally.chunks)
            _add(first_chunks, [route], tally.first_chunks)
    yield from (requests, rejected, cancelled, chunks, durations, first_chunks)


def _of_process(metrics: Metrics) -> Iterator[Metric]:
    if metrics.load_seconds is not None:
        yield GaugeMetricFamily("truss_load_seconds", "How long load took.", value=metrics.load_seconds)
    lag = HistogramMetricFamily(
        "truss_event_loop_lag_seconds", "How late the event loop came to what was due.", labels=[]
    )
    _add(lag, [], metrics.loop_lag)
    yield lag


def _add(family: Any, labels: list[str], tally: Tally) -> None:
    total = 0
    buckets = []
    for bound, count in zip((*map(str, tally.bounds), "+Inf"), list(tally.counts), strict=True):
        total += count
        buckets.append((bound, total))
    family.add_metric(labels, buckets=buckets, sum_value=tally.sum)
