"""Clients that leave, and clients that do not read: the work ends with the one and waits for the other."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime_server import RuntimeServer, until

MODEL = """
import asyncio
import pathlib
import time

HERE = pathlib.Path(__file__).parent


class Model:
    async def chat_completions(self, x):
        (HERE / f"{x['mark']}.begun").touch()
        try:
            await asyncio.sleep(x.get("seconds", 60))
        except asyncio.CancelledError:
            (HERE / f"{x['mark']}.cancelled").touch()
            raise

    def completions(self, x, request):
        (HERE / f"{x['mark']}.begun").touch()
        left = request.state.watch_disconnect()
        if left.wait(20):
            (HERE / f"{x['mark']}.told").touch()
        time.sleep(x.get("more", 0))
        return "nobody reads this"

    def predict(self, x):
        made = 0
        try:
            while True:
                yield b"x" * 1000
                made += 1
                (HERE / x["mark"]).write_text(str(made)) if made % 100 == 0 else None
        finally:
            (HERE / f"{x['mark']}.closed").touch()

    async def embeddings(self, x):
        made = 0
        try:
            while True:
                yield b"x" * 1000
                made += 1
                (HERE / x["mark"]).write_text(str(made)) if made % 100 == 0 else None
        finally:
            (HERE / f"{x['mark']}.closed").touch()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("departure")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RuntimeServer]:
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--concurrency=1", folder=folder) as started:
        yield started.ready()


def appears(folder: Path, name: str) -> None:
    until(lambda: (folder / name).exists() or None, name)


def ask(server: RuntimeServer, path: str, **body: Any) -> socket.socket:
    """Sends a request and returns the connection, from which nothing has been read."""
    host, port = server.base.removeprefix("http://").split(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: {body['mark']}\r\n"
    connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(data) + data)
    return connection


def test_async_method_is_cancelled_when_its_client_leaves(server: RuntimeServer, folder: Path) -> None:
    with ask(server, "/v1/chat/completions", mark="async"):
        appears(folder, "async.begun")

    appears(folder, "async.cancelled")
    server.log(lambda line: line.get("path") == "/v1/chat/completions" and line["status"] == 499, "its line")


def test_plain_method_is_told_when_its_client_leaves(server: RuntimeServer, folder: Path) -> None:
    with ask(server, "/v1/completions", mark="plain"):
        appears(folder, "plain.begun")

    appears(folder, "plain.told")
    line = server.log(lambda line: line.get("path") == "/v1/completions", "its line")
    assert (line["status"], line["outcome"]) == (499, "client_left")


def test_thread_keeps_its_place_until_it_returns(server: RuntimeServer, folder: Path) -> None:
    with ask(server, "/v1/completions", mark="keeps", more=1):
        appears(folder, "keeps.begun")
    appears(folder, "keeps.told")

    with ask(server, "/v1/chat/completions", mark="after"):
        assert not (folder / "after.begun").exists()
        appears(folder, "after.begun")


def test_queued_request_whose_client_left_never_reaches_the_model(
    server: RuntimeServer, folder: Path
) -> None:
    with ask(server, "/v1/chat/completions", mark="holder"):
        appears(folder, "holder.begun")
        with ask(server, "/v1/chat/completions", mark="queued"):
            pass
        server.log(lambda line: line["request_id"] == "queued", "the line of the queued request")
    with ask(server, "/v1/chat/completions", mark="third"):
        appears(folder, "third.begun")

    assert not (folder / "queued.begun").exists()


@pytest.mark.parametrize("path", ["/predict", "/v1/embeddings"])
def test_reader_that_does_not_read_stops_the_generator(
    server: RuntimeServer, folder: Path, path: str
) -> None:
    mark = path.strip("/").replace("/", "-")
    file = folder / mark

    def made() -> int:
        text = file.read_text() if file.exists() else ""
        return int(text or 0)

    def standstill() -> int | None:
        before = made()
        time.sleep(0.3)  # nothing can be awaited where nothing should happen
        return before if before and made() == before else None

    def memory() -> int:
        status = Path(f"/proc/{server.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) // 1024

    before = memory()
    with ask(server, path, mark=mark) as connection:
        first = until(standstill, "the generator's standstill")
        assert memory() < before + 16  # MB: the chunks that were made are in the sockets, which are not ours
        assert first < 20_000  # chunks of 1 kB: what the two sockets' buffers hold, and not more

        while made() == first:  # a reader that goes on wakes it up
            connection.recv(65536)
    appears(folder, f"{mark}.closed")


def test_places_are_free_again_after_all_that(server: RuntimeServer, folder: Path) -> None:
    def brief(number: int) -> int:
        body = {"mark": f"brief-{number}", "seconds": 0}
        return httpx2.post(f"{server.base}/v1/chat/completions", json=body, timeout=20).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(brief, range(8))) == {200}
