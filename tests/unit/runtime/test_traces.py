"""Traces of a live server, as a collector gets them."""

import contextlib
import json
import logging
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from runtime_server import RuntimeServer, until
from trace_collector import TraceCollector, plain
from truss_runtime import tracing

MODEL = """
import asyncio
import sys
import time

from opentelemetry import trace

tracer = trace.get_tracer("users-own")


class Model:
    async def predict(self, x):
        with tracer.start_as_current_span("async"):
            return x

    def completions(self, x):
        with tracer.start_as_current_span("thread"):
            return x

    def chat_completions(self, x):
        for number in range(3):
            with tracer.start_as_current_span("plain generator"):
                time.sleep(0.01)
                yield {"n": number}

    async def responses(self, x):
        with tracer.start_as_current_span("async generator"):
            yield {"type": "one"}
        if x["prompt"] == "stay":
            await asyncio.sleep(60)
        raise ValueError(x["prompt"])

    async def embeddings(self, x):
        raise KeyError(x["prompt"])

    async def websocket(self, ws):
        with tracer.start_as_current_span("in websocket"):
            raise ValueError(await ws.receive_text())
"""

PROMPT = "nobody-else-may-read-this"


@pytest.fixture(scope="module")
def collector() -> Iterator[TraceCollector]:
    with TraceCollector() as started:
        yield started


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collector: TraceCollector) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("traced")
    (folder / "model.py").write_text(MODEL)
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}
    flags = ["--model-name=told", "--environment=staging"]
    with RuntimeServer(folder, *flags, folder=folder, variables=variables) as started:
        yield started.ready()


class Asked:
    """One request as part of a trace that the caller began."""

    def __init__(self) -> None:
        self.trace, self.parent = secrets.token_hex(16), secrets.token_hex(8)
        self.headers = {"traceparent": f"00-{self.trace}-{self.parent}-01", "User-Agent": "test/1"}

    def span(
        self, collector: TraceCollector, kind: "Span.SpanKind.ValueType" = Span.SPAN_KIND_SERVER
    ) -> Span:
        return collector.span(
            lambda span: span.trace_id.hex() == self.trace and span.kind == kind, "a span of the request"
        )


def ask(server: RuntimeServer, path: str, prompt: str = PROMPT) -> Asked:
    asked = Asked()
    with contextlib.suppress(httpx2.RemoteProtocolError):  # a stream that was cut
        httpx2.post(f"{server.base}{path}?q={prompt}", json={"prompt": prompt}, headers=asked.headers)
    return asked


def test_span_of_a_request_keeps_to_the_conventions(server: RuntimeServer, collector: TraceCollector) -> None:
    span = ask(server, "/environments/staging/predict").span(collector)

    found = plain(list(span.attributes))
    assert span.name == "POST /predict"
    assert found.pop("truss.request.id")
    assert found == {
        "http.request.method": "POST",
        "http.route": "/predict",
        "http.response.status_code": 200,
        "url.path": "/environments/staging/predict",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": int(server.base.rpartition(":")[2]),
        "client.address": "127.0.0.1",
        "network.protocol.version": "1.1",
        "user_agent.original": "test/1",
        "truss.outcome": "answered",
    }
    assert span.status.code == Status.STATUS_CODE_UNSET


def test_span_continues_the_callers_trace(server: RuntimeServer, collector: TraceCollector) -> None:
    asked = ask(server, "/predict")

    assert asked.span(collector).parent_span_id.hex() == asked.parent


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/predict", "async"),
        ("/v1/completions", "thread"),
        ("/v1/chat/completions", "plain generator"),
        ("/v1/responses", "async generator"),
    ],
)
def test_users_own_span_is_a_child(
    server: RuntimeServer, collector: TraceCollector, path: str, name: str
) -> None:
    asked = ask(server, path)

    child = asked.span(collector, Span.SPAN_KIND_INTERNAL)
    assert child.name == name
    assert child.parent_span_id == asked.span(collector).span_id


def test_span_of_a_stream_lasts_to_its_last_chunk(server: RuntimeServer, collector: TraceCollector) -> None:
    asked = ask(server, "/v1/chat/completions")

    span = asked.span(collector)
    until(lambda: sum(each.trace_id == span.trace_id for each in collector.spans) == 4 or None, "all spans")
    own = [
        each for each in collector.spans if each.trace_id == span.trace_id and each.span_id != span.span_id
    ]
    assert span.start_time_unix_nano <= min(each.start_time_unix_nano for each in own)
    assert span.end_time_unix_nano >= max(each.end_time_unix_nano for each in own)
    assert plain(list(span.attributes))["truss.stream.chunks"] == 3
    (event,) = span.events
    assert event.name == "first chunk"
    assert span.start_time_unix_nano < event.time_unix_nano < span.end_time_unix_nano


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [("/v1/embeddings", 500, "KeyError"), ("/v1/responses", 200, "ValueError")],
)
def test_error_of_the_model_is_the_spans(
    server: RuntimeServer, collector: TraceCollector, path: str, status: int, error: str
) -> None:
    span = ask(server, path).span(collector)

    found = plain(list(span.attributes))
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert (found["http.response.status_code"], found["error.type"]) == (status, error)


def test_mistake_of_the_client_is_no_error_of_the_span(
    server: RuntimeServer, collector: TraceCollector
) -> None:
    asked = Asked()
    httpx2.get(f"{server.base}/v1/completions", headers=asked.headers)
    nowhere = Asked()
    httpx2.get(f"{server.base}/a/path/of/no/route", headers=nowhere.headers)

    assert asked.span(collector).status.code == Status.STATUS_CODE_UNSET
    assert plain(list(asked.span(collector).attributes))["http.response.status_code"] == 405
    assert nowhere.span(collector).name == "GET"


def test_client_that_leaves_is_told_in_the_span(server: RuntimeServer, collector: TraceCollector) -> None:
    asked = Asked()
    host, port = server.base.removeprefix("http://").split(":")
    body = json.dumps({"prompt": "stay"})
    with socket.create_connection((host, int(port))) as connection:
        head = f"POST /v1/responses HTTP/1.1\r\nHost: x\r\ntraceparent: {asked.headers['traceparent']}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        connection.recv(100)

    span = asked.span(collector)
    assert plain(list(span.attributes))["truss.outcome"] == "client_left"
    assert span.status.code == Status.STATUS_CODE_UNSET


def test_websocket_is_one_span(server: RuntimeServer, collector: TraceCollector) -> None:
    asked = Asked()
    url = f"ws{server.base.removeprefix('http')}/v1/websocket"
    with connect(url, additional_headers=asked.headers) as ws:
        ws.send(PROMPT)
        with pytest.raises(ConnectionClosed):
            ws.recv()

    span = asked.span(collector)
    found = plain(list(span.attributes))
    assert (span.name, found["http.response.status_code"], found["error.type"]) == (
        "GET /v1/websocket",
        101,
        "ValueError",
    )
    assert asked.span(collector, Span.SPAN_KIND_INTERNAL).parent_span_id == span.span_id


def test_no_server_span_holds_anything_of_a_body_or_query(
    server: RuntimeServer, collector: TraceCollector
) -> None:
    paths = ("/predict", "/v1/embeddings", "/v1/responses")

    spans = [ask(server, path).span(collector) for path in paths]

    assert PROMPT.encode() not in b"".join(span.SerializeToString() for span in spans)


def test_probes_make_no_spans(server: RuntimeServer, collector: TraceCollector) -> None:
    asked = Asked()
    for path in ("/livez", "/readyz", "/routes", "/metrics"):
        httpx2.get(f"{server.base}{path}", headers=asked.headers)
    httpx2.get(f"{server.base}/v1/models", headers=asked.headers)

    asked.span(collector)
    assert [span.name for span in collector.spans if span.trace_id.hex() == asked.trace] == ["GET /v1/models"]


def test_service_is_named_by_the_model_and_its_environment(
    server: RuntimeServer, collector: TraceCollector
) -> None:
    ask(server, "/predict").span(collector)

    assert {resource["service.name"] for resource in collector.resources} == {"told"}
    assert {resource["deployment.environment.name"] for resource in collector.resources} == {"staging"}


def test_log_lines_carry_the_trace(server: RuntimeServer) -> None:
    asked = ask(server, "/v1/embeddings")

    lines = until(
        lambda: (
            found if len(found := [a for a in server.logs if a.get("trace_id") == asked.trace]) == 2 else None
        ),
        "both lines",
    )
    assert {line["logger"] for line in lines} == {"truss_runtime.web.endpoint", "access"}


def test_last_spans_are_sent_at_the_end(
    write: Callable[..., Path], start: Callable[..., RuntimeServer], collector: TraceCollector
) -> None:
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    server = start(write(MODEL), variables={**variables, "OTEL_SERVICE_NAME": "other"}).ready()
    asked = ask(server, "/predict")

    server.send(signal.SIGINT)

    assert server.wait() == 0
    asked.span(collector)
    assert "other" in {resource["service.name"] for resource in collector.resources}


def test_collector_that_is_away_holds_up_nothing(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, and never answers
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = start(write(MODEL), variables={"OTEL_EXPORTER_OTLP_ENDPOINT": address}).ready()
        answer = httpx2.post(f"{server.base}/predict", json={"prompt": ""})

        server.send(signal.SIGINT)

        assert (answer.status_code, server.wait()) == (200, 0)


def test_library_is_not_even_imported_where_nothing_asks_for_traces(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    code = """
        import sys
        class Model:
            def predict(self): return [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
    """
    server = start(write(code), variables={"OTEL_SERVICE_NAME": "told"}).ready()

    assert httpx2.post(f"{server.base}/predict", json={}).json() == []


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, []),
        ({"OTEL_SERVICE_NAME": "a"}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, ["otlp_proto_http"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/v1/traces"}, ["otlp_proto_http"]),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, ["otlp_proto_grpc"]),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ["console", "otlp_proto_http"]),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, []),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"}, []),
    ],
)
def test_standard_variables_say_where_traces_go(variables: dict[str, str], wanted: list[str]) -> None:
    assert tracing.exporters_wanted(variables) == wanted


def test_missing_extra_is_said_once_and_the_model_is_served_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with caplog.at_level(logging.WARNING):
        assert tracing.start("m", None) is None

    (record,) = caplog.records
    assert "trussmodel-runtime[otel]" in record.message


def test_exporter_that_no_package_brings_is_named(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "pigeon")

    with caplog.at_level(logging.WARNING):
        assert tracing.start("m", None) is None

    (record,) = caplog.records
    assert "pigeon" in record.message
    assert "otlp_proto_http" in record.message
