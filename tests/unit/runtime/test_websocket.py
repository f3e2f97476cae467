"""The WebSocket of a live server, and how it is closed."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from runtime_server import RuntimeServer, until

MODEL = """
import asyncio


class Model:
    async def websocket(self, ws):
        await ws.accept()
        first = await ws.receive_text()
        if first == "raise":
            raise ValueError("hidden")
        if first == "path":
            await ws.send_text(ws.url.path)
        if first == "close":
            await ws.close(4000, "enough")
        if first == "echo":
            async for text in ws.iter_text():
                await ws.send_text(text)
        if first == "large":
            await ws.send_text(str(len(await ws.receive_bytes())))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("websocket")
    (folder / "model.py").write_text(MODEL)
    (folder / "config.yaml").write_text("runtime: {transport: {kind: websocket}}")
    flags = ["--concurrency=1", "--queue=0"]
    with RuntimeServer(folder, *flags, folder=folder) as started:
        yield started.ready()


def opened(server: RuntimeServer, path: str = "/v1/websocket", **options: Any) -> ClientConnection:
    socket: ClientConnection = connect(
        f"ws{server.base.removeprefix('http')}{path}", max_size=None, **options
    )
    return socket


def closing(socket: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        socket.recv()
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_messages_go_both_ways_until_the_client_closes(server: RuntimeServer) -> None:
    with opened(server, additional_headers={"X-Request-Id": "talk"}) as socket:
        socket.send("echo")
        for word in ("a", "ü"):
            socket.send(word)
            assert socket.recv() == word

    line = server.log(lambda line: line["request_id"] == "talk" and line["logger"] == "access", "the line")
    assert (line["status"], line["route"], line["method"]) == (101, "/v1/websocket", "GET")


@pytest.mark.parametrize(
    ("first", "code", "reason"),
    [
        ("return", 1000, ""),
        ("raise", 1011, "The model's websocket raised ValueError."),
        ("close", 4000, "enough"),
    ],
)
def test_closing_code_says_how_it_ended(server: RuntimeServer, first: str, code: int, reason: str) -> None:
    with opened(server) as socket:
        socket.send(first)

        assert closing(socket) == (code, reason)


@pytest.mark.parametrize("prefix", ["/environments/production/sync/v1", "/environments/production"])
def test_websocket_is_below_the_environments_url_too(server: RuntimeServer, prefix: str) -> None:
    with opened(server, f"{prefix}/websocket") as socket:
        socket.send("path")

        assert socket.recv().startswith("/environments/production/")  # type: ignore[arg-type]  # text was sent


@pytest.mark.parametrize("path", ["/environments/other/websocket", "/environments/other/sync/v1/websocket"])
def test_websocket_of_another_environment_is_404(server: RuntimeServer, path: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        opened(server, path)

    assert caught.value.response.status_code == 404
    assert json.loads(caught.value.response.body)["error"]["code"] == "environment_not_found"


def test_message_larger_than_16_megabytes_is_taken(server: RuntimeServer) -> None:
    with opened(server) as socket:
        socket.send("large")
        socket.send(b"x" * (17 * 2**20))

        assert socket.recv() == str(17 * 2**20)


def test_open_websocket_holds_a_call_and_gives_it_back(server: RuntimeServer) -> None:
    with opened(server) as holder:
        with pytest.raises(InvalidStatus) as caught:
            opened(server)
        holder.send("return")
        closing(holder)
    with opened(server) as next_one:
        next_one.send("return")
        closing(next_one)

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"


def test_websocket_shows_in_the_metrics(server: RuntimeServer) -> None:
    def value(name: str, **labels: str) -> float:
        families = parse(httpx2.get(f"{server.admin}/metrics").text)
        samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if labels.items() <= sample.labels.items())

    route = {"route": "/v1/websocket"}
    until(lambda: value("truss_requests_in_flight") == 0 or None, "the end of those before")
    before = value("truss_requests_total", **route, status="101")

    with opened(server) as socket:
        assert value("truss_requests_in_flight", limit="all") == 1
        socket.send("return")
        closing(socket)

    until(lambda: value("truss_requests_total", **route, status="101") == before + 1 or None, "the count")
    assert value("truss_requests_in_flight", limit="all") == 0
    assert value("truss_request_duration_seconds_count", **route) == value("truss_requests_total", **route)


def test_websocket_goes_on_through_the_drain_and_is_closed_as_restarting(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    code = """
        class Model:
            async def websocket(self, ws):
                async for text in ws.iter_text():
                    await ws.send_text(text)
    """
    server = start(write(code), "--drain-seconds=2").ready()
    with opened(server) as socket:
        socket.send("before")
        socket.recv()

        server.send(signal.SIGTERM)
        until(lambda: httpx2.get(f"{server.admin}/readyz").json()["state"] == "draining" or None, "the drain")
        socket.send("meanwhile")

        assert socket.recv() == "meanwhile"
        assert closing(socket)[0] == 1012
    assert server.wait() == 0


def test_websocket_needs_an_api_key_where_there_are_some(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    folder = write("class Model:\n    async def websocket(self, ws): ...", **{"keys/one": "right"})
    server = start(folder, f"--api-keys-dir={folder / 'keys'}").ready()

    for headers in ({}, {"Authorization": "Bearer wrong"}):
        with pytest.raises(InvalidStatus) as caught:
            opened(server, additional_headers=headers)
        assert caught.value.response.status_code == 401
        assert json.loads(caught.value.response.body)["error"]["code"] == "invalid_api_key"
        assert caught.value.response.headers["WWW-Authenticate"] == "Bearer"
    with opened(server, additional_headers={"Authorization": "Bearer right"}) as socket:
        assert closing(socket)[0] == 1000


def test_routes_tell_of_the_websocket(server: RuntimeServer) -> None:
    routes = httpx2.get(f"{server.admin}/routes").json()["routes"]

    assert routes == [{"kind": "websocket", "method": "GET", "path": "/v1/websocket", "streaming": None}]


def test_model_without_a_websocket_accepts_and_closes_as_unsupported(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    server = start(write("class Model:\n    def predict(self, x): return x")).ready()

    with opened(server) as socket:
        assert closing(socket) == (1003, "define `websocket` on the Model class")


def test_websocket_while_the_model_loads_is_503(
    write: Callable[..., Path], start: Callable[..., RuntimeServer]
) -> None:
    code = """
        import asyncio
        class Model:
            async def load(self): await asyncio.sleep(60)
            async def websocket(self, ws): ...
    """
    server = start(write(code))

    with pytest.raises(InvalidStatus) as caught:
        opened(server)

    assert caught.value.response.status_code == 503
