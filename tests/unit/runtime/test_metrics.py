"""GET /metrics after known requests."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse

from runtime_server import RuntimeServer, until
from truss_runtime.exchange import Exchange
from truss_runtime.metrics import Metrics

MODEL = """
import asyncio
import pathlib
from prometheus_client import Counter

HERE = pathlib.Path(__file__).parent
OWN = Counter("words_seen", "Words that came by.", ["kind"])


class Model:
    async def predict(self, x):
        OWN.labels("plain").inc()
        return x

    async def chat_completions(self, x):
        for number in range(x["chunks"]):
            yield {"n": number}

    async def completions(self, x):
        (HERE / x["mark"]).touch()
        await asyncio.sleep(60)
"""

Found = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[RuntimeServer]:
    flags = ["--concurrency=1", "--queue=1", "--max-body-bytes=1000"]
    with RuntimeServer(folder, *flags, folder=folder) as started:
        yield started.ready()


def scrape(base: str) -> Found:
    """Every sample by its name and labels."""
    answer = httpx2.get(f"{base}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = parse(answer.text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def value(base: str, name: str, **labels: str) -> float | None:
    return scrape(base).get((name, tuple(sorted(labels.items()))))


def settled(base: str, expected: float, name: str, **labels: str) -> None:
    """A request is counted after its answer has been read."""
    until(lambda: value(base, name, **labels) == expected or None, f"{name}{labels} to be {expected}")


def test_requests_and_durations_are_counted_by_route_and_status(server: RuntimeServer) -> None:
    for body in (b"{}", b"{}", b"nonsense"):
        httpx2.post(f"{server.base}/predict", content=body)
    httpx2.get(f"{server.base}/any/path/at/all")

    settled(server.admin, 1, "truss_requests_total", route="none", status="404")
    found = scrape(server.admin)
    assert found["truss_requests_total", (("route", "/predict"), ("status", "200"))] == 2
    assert found["truss_requests_total", (("route", "/predict"), ("status", "400"))] == 1
    assert found["truss_request_duration_seconds_count", (("route", "/predict"),)] == 3
    assert found["truss_request_duration_seconds_bucket", (("le", "+Inf"), ("route", "/predict"))] == 3


def test_path_of_the_environment_counts_as_the_route_that_it_leads_to(server: RuntimeServer) -> None:
    httpx2.post(f"{server.base}/environments/production/predict", json={})

    settled(server.admin, 1, "truss_requests_total", route="/predict", status="200")


def test_stream_is_counted_by_its_first_chunk_and_all_its_chunks(server: RuntimeServer) -> None:
    httpx2.post(f"{server.base}/v1/chat/completions", json={"chunks": 100})

    settled(server.admin, 100, "truss_stream_chunks_total", route="/v1/chat/completions")
    settled(server.admin, 1, "truss_stream_first_chunk_seconds_count", route="/v1/chat/completions")


def test_what_runs_waits_is_refused_and_is_given_up_is_seen(server: RuntimeServer, folder: Path) -> None:
    def ask(mark: str) -> socket.socket:
        host, port = server.base.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        body = json.dumps({"mark": mark}).encode()
        head = b"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % len(body) + body)
        return connection

    with ask("runs"):
        until(lambda: (folder / "runs").exists() or None, "the call")
        with ask("waits"):
            settled(server.admin, 1, "truss_requests_queued", limit="all")
            assert value(server.admin, "truss_requests_in_flight", limit="all") == 1
            client = openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)
            with client, pytest.raises(openai.RateLimitError):
                client.completions.create(model="m", prompt="")
        httpx2.post(f"{server.base}/v1/completions", content=b" " * 1001)

    route = "/v1/completions"
    settled(server.admin, 2, "truss_requests_cancelled_total", route=route, cause="left")
    settled(server.admin, 2, "truss_requests_total", route=route, status="499")
    settled(server.admin, 1, "truss_requests_rejected_total", route=route, cause="queue_full")
    settled(server.admin, 1, "truss_requests_rejected_total", route=route, cause="body_too_large")
    settled(server.admin, 0, "truss_requests_in_flight", limit="all")
    settled(server.admin, 0, "truss_requests_queued", limit="all")


@pytest.mark.parametrize(
    ("status", "code", "counted"),
    [
        (401, "invalid_api_key", True),
        (413, "body_too_large", True),
        (429, "queue_full", True),
        (503, "model_not_ready", True),
        (503, "shutting_down", True),
        (429, None, False),  # the model's own HTTPException
        (404, "route_not_found", False),
    ],
)
def test_request_that_never_reached_the_model_is_counted_by_its_cause(
    status: int, code: str | None, counted: bool
) -> None:
    metrics = Metrics()

    metrics.record(Exchange("id", 0.0, status=status, code=code), "/predict", 0.1)

    assert metrics.of("/predict").rejected == ({code: 1} if counted else {})


def test_process_tells_of_load_and_loop_on_both_ports(server: RuntimeServer) -> None:
    until(lambda: value(server.admin, "truss_event_loop_lag_seconds_count") or None, "a beat")

    for base in (server.admin, server.base):
        assert (value(base, "truss_load_seconds") or 0) > 0
        assert value(base, "truss_threads_abandoned", limit="all") == 0


def test_models_own_metrics_stand_beside_ours(server: RuntimeServer) -> None:
    httpx2.post(f"{server.base}/predict", json={})

    assert value(server.admin, "words_seen_total", kind="plain") == 1
    assert value(server.admin, "process_open_fds") is not None


def test_scraper_that_asks_for_openmetrics_gets_it(server: RuntimeServer) -> None:
    answer = httpx2.get(f"{server.admin}/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    families = parse_openmetrics(answer.text)  # type: ignore[no-untyped-call]  # the library's own parser
    assert "truss_requests" in {family.name for family in families}
