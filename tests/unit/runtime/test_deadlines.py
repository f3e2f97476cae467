"""Requests, streams and loads that take longer than they may."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import openai
import pytest

from runtime_server import RuntimeServer, until

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

MODEL = """
import asyncio
import pathlib
import time

HERE = pathlib.Path(__file__).parent


def chunk(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Model:
    async def predict(self, x):
        try:
            await asyncio.sleep(60)
        finally:
            (HERE / x["mark"]).touch()

    def completions(self, x):
        while not (HERE / x["until"]).exists():
            time.sleep(0.01)

    def chat_completions(self, x):
        return getattr(self, x["do"])(x)

    def echo(self, x):
        return "here"

    async def stalls(self, x):
        try:
            yield chunk("one")
            await asyncio.sleep(60)
        finally:
            (HERE / x["mark"]).touch()

    def plain_stalls(self, x):
        yield chunk("one")
        while not (HERE / x["mark"]).exists():
            time.sleep(0.01)

    async def floods(self, x):
        try:
            while True:
                yield "x" * 10_000
        finally:
            (HERE / x["mark"]).touch()

    def plain_floods(self, x):
        try:
            while True:
                yield "x" * 10_000
        finally:
            (HERE / x["mark"]).touch()

    async def late(self, x):
        await asyncio.sleep(0.7)
        yield chunk("late")
        await asyncio.sleep(0.7)
        yield chunk("later")

    async def never(self, x):
        await asyncio.sleep(60)
        yield chunk("never")

    async def late_error(self, x):
        await asyncio.sleep(0.7)
        raise ValueError("hidden")
        yield

    async def half_an_event(self, x):
        yield "data: 1"
        await asyncio.sleep(0.7)
        yield "23\\n\\n"
        await asyncio.sleep(0.7)
        yield "data: [DONE]\\n\\n"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("deadlines")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RuntimeServer]:
    (folder / "model.py").write_text(MODEL)
    (folder / "config.yaml").write_text("runtime: {streaming_read_timeout: 1}")
    flags = ["--concurrency=1", "--request-seconds=1", "--ping-seconds=0.2"]
    with RuntimeServer(folder, *flags, folder=folder) as started:
        yield started.ready()


@pytest.fixture
def client(server: RuntimeServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)


def streamed(server: RuntimeServer, do: str) -> str:
    return httpx2.post(f"{server.base}/v1/chat/completions", json={"do": do}, timeout=10).text


def test_async_method_past_the_deadline_is_cancelled_and_answered_504(
    server: RuntimeServer, folder: Path
) -> None:
    answer = httpx2.post(f"{server.base}/predict", json={"mark": "cancelled"}, timeout=10)

    assert (answer.status_code, "longer than the 1 s" in answer.json()["error"]) == (504, True)
    assert (folder / "cancelled").exists()


def test_plain_method_past_the_deadline_is_answered_504_and_frees_its_place(
    server: RuntimeServer, client: openai.OpenAI, folder: Path
) -> None:
    with pytest.raises(openai.InternalServerError) as caught:
        client.completions.create(model="m", prompt="", extra_body={"until": "abandoned"})
    assert (caught.value.status_code, caught.value.code) == (504, "deadline_exceeded")

    after = httpx2.post(f"{server.base}/v1/chat/completions", json={"do": "echo"})
    assert after.text == '"here"'
    (folder / "abandoned").touch()


def test_request_that_waits_for_its_turn_till_the_deadline_is_answered_504(
    server: RuntimeServer, folder: Path
) -> None:
    def hold() -> None:
        httpx2.post(f"{server.base}/predict", json={"mark": "held"}, timeout=10)

    holder = threading.Thread(target=hold)
    holder.start()
    answer = httpx2.post(f"{server.base}/predict", json={"mark": "waited"}, timeout=10)
    holder.join()

    assert answer.status_code == 504


@pytest.mark.parametrize("do", ["stalls", "plain_stalls"])
def test_stalled_stream_ends_with_an_error_and_frees_its_place(
    server: RuntimeServer, client: openai.OpenAI, folder: Path, do: str
) -> None:
    body = {"do": do, "mark": f"end-of-{do}"}
    stream = client.chat.completions.create(model="m", messages=[], stream=True, extra_body=body)
    assert next(stream).choices[0].delta.content == "one"
    with pytest.raises(openai.APIError, match="Nothing moved"):
        next(stream)

    assert httpx2.post(f"{server.base}/v1/chat/completions", json={"do": "echo"}).status_code == 200
    (folder / body["mark"]).touch()


@pytest.mark.parametrize("do", ["floods", "plain_floods"])
def test_reader_that_takes_nothing_for_as_long_loses_its_stream_and_its_place(
    server: RuntimeServer, folder: Path, do: str
) -> None:
    host, port = server.base.removeprefix("http://").split(":")
    body = json.dumps({"do": do, "mark": f"end-of-{do}"})
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall((head + body).encode())

        until(lambda: (folder / f"end-of-{do}").exists() or None, "the end of the generator")
        after = httpx2.post(f"{server.base}/v1/chat/completions", json={"do": "echo"}, timeout=10)

    assert after.status_code == 200


def test_stream_without_a_first_chunk_goes_by_the_requests_deadline(client: openai.OpenAI) -> None:
    with (
        pytest.raises(openai.APIError, match="longer than the 1 s"),
        client.chat.completions.create(
            model="m", messages=[], stream=True, extra_body={"do": "never"}
        ) as stream,
    ):
        next(stream)


def test_quiet_stream_is_kept_open_by_comments_before_and_after_its_first_chunk(
    server: RuntimeServer,
) -> None:
    text = streamed(server, "late")

    events = text.split("\n\n")
    assert events[0] == ": ping"
    assert events[events.index(": ping", 5) - 1 :] != []
    chunks = [json.loads(event.removeprefix("data: ")) for event in events if event.startswith("data: {")]
    assert [chunk["choices"][0]["delta"]["content"] for chunk in chunks] == ["late", "later"]
    assert events[-2:] == ["data: [DONE]", ""]


def test_openai_client_reads_over_the_comments(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(model="m", messages=[], stream=True, extra_body={"do": "late"})

    assert [chunk.choices[0].delta.content for chunk in stream] == ["late", "later"]


def test_comment_never_splits_an_event(server: RuntimeServer) -> None:
    events = streamed(server, "half_an_event").split("\n\n")

    assert events[0] == "data: 123"
    assert set(events[1:-2]) == {": ping"}
    assert events[-2:] == ["data: [DONE]", ""]


def test_error_after_the_status_had_to_be_sent_reaches_the_client_as_an_event(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="m", messages=[], stream=True, extra_body={"do": "late_error"}
    )

    with pytest.raises(openai.APIError, match="ValueError"):
        next(stream)


@pytest.mark.parametrize("load", ["async def load(self): time.sleep(60)", "def load(self): time.sleep(60)"])
def test_load_past_its_time_ends_the_process_and_says_where_it_stands(
    write: Write, start: Start, load: str
) -> None:
    folder = write(f"import time\nclass Model:\n    {load}\n    def predict(self, x): ...")
    server = start(folder, "--load-seconds=0.5")

    assert server.wait() == 1
    report = server.report()
    assert (report["phase"], report["reason"]) == ("load", "LoadTimeout")
    assert "model.py:3 in Model.load" in report["message"]
    assert report["message"] in server.stderr


def test_process_with_too_many_threads_that_never_return_is_not_alive(write: Write, start: Start) -> None:
    code = "import time\nclass Model:\n    def predict(self, x): time.sleep(600)"
    server = start(write(code), "--concurrency=20", "--request-seconds=0.2").ready()
    assert httpx2.get(f"{server.base}/livez").status_code == 200
    with ThreadPoolExecutor(17) as pool:
        asked = [pool.submit(httpx2.post, f"{server.base}/predict", json={}, timeout=20) for _ in range(17)]
        statuses = [each.result().status_code for each in asked]

    assert set(statuses) == {504}
    answer = until(
        lambda: found if (found := httpx2.get(f"{server.admin}/livez")).status_code == 503 else None,
        "its end",
    )
    assert "never returned" in answer.text
