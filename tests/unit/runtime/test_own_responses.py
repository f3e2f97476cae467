"""A StreamingResponse that the model makes itself: sent as it is, and ended like any stream."""

import contextlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from runtime_server import RuntimeServer, until

MODEL = """
import asyncio
import pathlib
import threading
import time

from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

HERE = pathlib.Path(__file__).parent


class Model:
    async def predict(self, x):
        chunks = getattr(self, x["do"])(x)
        done = BackgroundTask((HERE / f"{x['mark']}.background").touch)
        return StreamingResponse(chunks, 201, {"X-Own": "1"}, "text/x-own", background=done)

    async def chat_completions(self, x):
        return await self.predict(x)

    async def whole(self, x):
        yield "one "
        await asyncio.sleep(0.5)
        yield b"two"

    async def fails(self, x):
        yield "one"
        raise ValueError("hidden")

    async def never(self, x):
        await asyncio.sleep(60)
        yield "never"

    async def stalls(self, x):
        try:
            yield "one"
            await asyncio.sleep(60)
        finally:
            (HERE / x["mark"]).touch()

    def plain_stalls(self, x):
        try:
            yield "one"
            while not (HERE / f"{x['mark']}.go").exists():
                time.sleep(0.01)
        finally:
            (HERE / x["mark"]).touch()

    def plain(self, x):
        yield threading.current_thread().name
        yield "."

    async def endless(self, x):
        try:
            while True:
                yield b"x" * 10_000
        finally:
            (HERE / x["mark"]).touch()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RuntimeServer]:
    (folder / "model.py").write_text(MODEL)
    flags = ["--concurrency=1", "--request-seconds=2", "--stream-read-seconds=1", "--ping-seconds=0.1"]
    with RuntimeServer(folder, *flags, folder=folder) as started:
        yield started.ready()


def slot_is_free(server: RuntimeServer) -> None:
    def taken() -> bool:
        families = parse(httpx2.get(f"{server.admin}/metrics").text)
        return any(
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "truss_requests_in_flight"
        )

    until(lambda: True if not taken() else None, "a free slot")


def test_it_is_sent_as_it_is_and_without_pings(server: RuntimeServer, folder: Path) -> None:
    body = {"do": "whole", "mark": "whole"}
    answer = httpx2.post(f"{server.base}/v1/chat/completions", json=body)

    assert (answer.status_code, answer.text, answer.headers["x-own"]) == (201, "one two", "1")
    assert answer.headers["content-type"] == "text/x-own; charset=utf-8"
    until(lambda: (folder / "whole.background").exists() or None, "the background task")


def test_plain_generator_in_it_is_walked_by_a_thread_of_the_models(server: RuntimeServer) -> None:
    answer = httpx2.post(f"{server.base}/predict", json={"do": "plain", "mark": "plain"})

    assert re.fullmatch(r"model-\d+\.", answer.text)


@pytest.mark.parametrize("do", ["stalls", "plain_stalls", "fails"])
def test_it_is_cut_when_it_stands_still_or_fails_and_its_place_is_free(
    server: RuntimeServer, folder: Path, do: str
) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete"):
        httpx2.post(f"{server.base}/predict", json={"do": do, "mark": f"cut-{do}"}, timeout=10)

    slot_is_free(server)
    (folder / f"cut-{do}.go").touch()
    if do != "fails":
        until(lambda: (folder / f"cut-{do}").exists() or None, "the end of the generator")
    line = server.log(lambda line: line.get("outcome") == "cut", "the line of the cut stream")
    assert line["status"] == 201


def test_one_without_a_first_part_goes_by_the_requests_deadline(server: RuntimeServer) -> None:
    with pytest.raises(httpx2.RemoteProtocolError, match="incomplete"):
        httpx2.post(f"{server.base}/predict", json={"do": "never", "mark": "never"}, timeout=10)

    slot_is_free(server)


@pytest.mark.parametrize("do", ["stalls", "plain_stalls", "endless"])
def test_client_that_leaves_ends_it(server: RuntimeServer, folder: Path, do: str) -> None:
    mark = f"left-{do}"
    with contextlib.closing(_ask(server, {"do": do, "mark": mark})) as connection:
        received = b""
        while not received.partition(b"\r\n\r\n")[2]:  # the head may come alone: nothing has begun then
            received += connection.recv(1000)
    (folder / f"{mark}.go").touch()

    until(lambda: (folder / mark).exists() or None, "the end of the generator")
    slot_is_free(server)
    server.log(lambda line: line.get("outcome") == "client_left", "the line of the stream")


def test_reader_that_does_not_read_has_no_more_time_than_others(server: RuntimeServer, folder: Path) -> None:
    with contextlib.closing(_ask(server, {"do": "endless", "mark": "unread"})):
        until(lambda: (folder / "unread").exists() or None, "the end of the generator")
        slot_is_free(server)


def _ask(server: RuntimeServer, body: dict[str, str]) -> socket.socket:
    host, port = server.base.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    data = json.dumps(body).encode()
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(data)
    connection.sendall(head + data)
    return connection
