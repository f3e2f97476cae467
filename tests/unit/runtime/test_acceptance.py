"""What must hold before a server is ready: required routes and the smoke request."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from runtime_server import RuntimeServer, until
from truss_runtime.cli import main

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

MODEL = """
import pathlib
import time

class Model:
    def load(self):
        self.loaded = True
        self.completions = lambda x: x

    async def predict(self, x):
        raise ValueError("hidden")

    def chat_completions(self, x):
        assert self.loaded
        file = pathlib.Path(__file__).parent / "go"
        while x.get("wait") and not file.exists():
            time.sleep(0.01)
        return x

    def embeddings(self, x):
        yield {"n": 1}
        if x.get("fail"):
            raise ValueError("hidden")
"""


def smoke(route: str, **body: object) -> str:
    return "--smoke=" + json.dumps({"route": route, "body": body})


def test_missing_required_route_ends_the_process_with_a_report(write: Write, start: Start) -> None:
    server = start(write(MODEL), "--required-routes=chat_completions,messages")

    assert server.wait() == 1
    report = server.report()
    assert (report["phase"], report["reason"]) == ("routes", "RequiredRouteMissing")
    assert "does not define `messages`" in report["message"]


def test_route_that_load_adds_satisfies_the_requirement(write: Write, start: Start) -> None:
    server = start(write(MODEL), "--required-routes=completions").ready()

    assert httpx2.get(f"{server.admin}/readyz").status_code == 200


def test_server_is_not_ready_before_its_smoke_request_is_answered(write: Write, start: Start) -> None:
    folder = write(MODEL)
    server = start(folder, smoke("chat_completions", wait=True))
    until(lambda: "load" in httpx2.get(f"{server.admin}/routes").text or None, "loading")
    assert httpx2.get(f"{server.admin}/readyz").status_code == 503

    (folder / "go").touch()

    server.ready()
    assert httpx2.get(f"{server.admin}/readyz").status_code == 200


def test_stream_satisfies_the_smoke_request(write: Write, start: Start) -> None:
    server = start(write(MODEL), smoke("embeddings")).ready()

    assert httpx2.get(f"{server.admin}/readyz").status_code == 200


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        (smoke("predict"), "answered 500, not 200"),
        (smoke("embeddings", fail=True), "cut off, not 200"),
        ('--smoke={"route": "chat_completions", "body": {}, "status": 400}', "answered 200, not 400"),
    ],
)
def test_smoke_request_that_is_answered_otherwise_ends_the_process(
    write: Write, start: Start, flag: str, told: str
) -> None:
    server = start(write(MODEL), flag)

    assert server.wait() == 1
    report = server.report()
    assert (report["phase"], report["reason"]) == ("routes", "SmokeFailed")
    assert told in report["message"]


def test_smoke_request_that_is_never_answered_goes_by_the_deadline(write: Write, start: Start) -> None:
    server = start(write(MODEL), smoke("chat_completions", wait=True), "--request-seconds=0.3")

    assert server.wait() == 1
    assert "answered 504, not 200" in server.report()["message"]


@pytest.mark.parametrize(
    ("flag", "told"),
    [
        ("--required-routes=chat", "There are predict, chat_completions,"),
        ("--smoke=nonsense", "not JSON"),
        ("--smoke={}", '{"route": KIND'),
        ('--smoke={"route": "chat"}', "There are predict, chat_completions,"),
        ('--smoke={"route": "predict", "status": "200"}', "not an HTTP status"),
    ],
)
def test_wrong_setting_is_refused_with_what_to_write(flag: str, told: str) -> None:
    result = CliRunner().invoke(main, ["serve", flag])

    assert (result.exit_code, told in result.output.replace("\n", " ")) == (2, True)
