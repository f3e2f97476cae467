"""Streams of a live server: framing, errors, and a client that leaves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from runtime_server import RuntimeServer, until

MODEL = """
import asyncio
import pathlib
import threading
import time

from fastapi import HTTPException
from starlette.responses import StreamingResponse

CLOSED = pathlib.Path(__file__).parent


def chunk(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Model:
    def __init__(self, config):
        self.go_on = threading.Event()

    async def chat_completions(self, x):
        return getattr(self, x["do"])(x)

    def completions(self, x):
        return getattr(self, x["do"])(x)

    def predict(self, x):
        yield from getattr(self, x["do"])(x)

    async def words(self, x):
        for word in x["words"]:
            yield chunk(word)

    def plain_words(self, x):
        for word in x["words"]:
            yield chunk(word)

    def raw(self, x):
        yield from x["chunks"]

    def refused(self, x):
        raise HTTPException(403, "not today")
        yield

    async def fails_first(self, x):
        raise ValueError("hidden")
        yield

    async def fails_later(self, x):
        yield chunk("one")
        raise ValueError("hidden")

    def plain_fails_later(self, x):
        yield chunk("one")
        raise ValueError("hidden")

    def opaque_later(self, x):
        yield chunk("one")
        yield object()

    def response_fails_later(self, x):
        def body():
            yield "data: one\\n\\n"
            raise ValueError("hidden")
        return StreamingResponse(body(), media_type="text/event-stream")

    async def endless(self, x):
        try:
            while True:
                yield chunk("x")
                await asyncio.sleep(0.01)
        finally:
            (CLOSED / x["mark"]).touch()

    async def never_suspends(self, x):
        try:
            while True:
                yield chunk("x")
        finally:
            (CLOSED / x["mark"]).touch()

    def plain_endless(self, x):
        try:
            while True:
                yield chunk("x")
                time.sleep(0.01)
        finally:
            (CLOSED / x["mark"]).touch()

    async def silent(self, x):
        try:
            await asyncio.sleep(60)
            yield chunk("x")
        finally:
            (CLOSED / x["mark"]).touch()

    def nothing(self, x):
        yield from ()
"""


def appears(mark: Path) -> None:
    until(lambda: mark.exists() or None, f"the generator's end in {mark.name}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streaming")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RuntimeServer]:
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--concurrency=4", folder=folder) as started:
        yield started.ready()


@pytest.fixture
def client(server: RuntimeServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)


def chat(client: openai.OpenAI, **body: Any) -> openai.Stream[openai.types.chat.ChatCompletionChunk]:
    return client.chat.completions.create(model="m", messages=[], stream=True, extra_body=body)


@pytest.mark.parametrize("do", ["words", "plain_words"])
def test_openai_client_reads_a_stream_of_either_kind_of_generator(client: openai.OpenAI, do: str) -> None:
    words = [chunk.choices[0].delta.content for chunk in chat(client, do=do, words=["a", "b", "ü\n"])]

    assert words == ["a", "b", "ü\n"]


def test_stream_is_marked_for_proxies_and_closed_by_done(server: RuntimeServer) -> None:
    answer = httpx2.post(f"{server.base}/v1/chat/completions", json={"do": "words", "words": ["a"]})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-cache", "no")
    assert answer.text.endswith("\n\ndata: [DONE]\n\n")


def test_generator_without_chunks_is_an_empty_stream(server: RuntimeServer) -> None:
    answer = httpx2.post(f"{server.base}/v1/chat/completions", json={"do": "nothing"})

    assert answer.text == "data: [DONE]\n\n"


def test_framed_text_passes_through_a_server_as_it_is(server: RuntimeServer) -> None:
    chunks = ["da", "ta: 1\n", "\ndata: [DO", "NE]\n\n"]

    answer = httpx2.post(f"{server.base}/v1/completions", json={"do": "raw", "chunks": chunks})

    assert answer.text == "data: 1\n\ndata: [DONE]\n\n"


def test_predict_streams_text_unframed(server: RuntimeServer) -> None:
    answer = httpx2.post(f"{server.base}/predict", json={"do": "raw", "chunks": ["a", "data: b"]})

    assert (answer.text, answer.headers["content-type"]) == ("adata: b", "application/octet-stream")


def test_predict_streams_dicts_as_events(server: RuntimeServer) -> None:
    answer = httpx2.post(f"{server.base}/predict", json={"do": "raw", "chunks": [{"a": 1}]})

    assert answer.text == 'data: {"a":1}\n\n'


def test_error_before_the_first_chunk_is_an_http_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="ValueError"):
        chat(client, do="fails_first")
    with pytest.raises(openai.PermissionDeniedError, match="not today"):
        chat(client, do="refused")


@pytest.mark.parametrize("do", ["fails_later", "plain_fails_later", "opaque_later"])
def test_error_after_the_first_chunk_reaches_the_openai_client(client: openai.OpenAI, do: str) -> None:
    stream = chat(client, do=do)

    assert next(stream).choices[0].delta.content == "one"
    with pytest.raises(openai.APIError, match="chat_completions") as caught:
        next(stream)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("do", ["fails_later", "response_fails_later"])
def test_failed_stream_is_cut_and_never_looks_whole(server: RuntimeServer, do: str) -> None:
    received: list[bytes] = []
    with httpx2.stream("POST", f"{server.base}/v1/completions", json={"do": do}) as answer:
        parts = answer.iter_raw()
        with pytest.raises(httpx2.RemoteProtocolError):
            received.extend(iter(lambda: next(parts), None))

    assert b"one" in b"".join(received)
    assert b"[DONE]" not in b"".join(received)


def test_cut_stream_leaves_no_traceback_of_the_server(server: RuntimeServer) -> None:
    headers = {"X-Request-Id": "cut"}
    body = {"do": "fails_later"}
    with (
        httpx2.stream("POST", f"{server.base}/v1/completions", json=body, headers=headers) as answer,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        answer.read()

    line = server.log(lambda line: line["request_id"] == "cut" and line["logger"] == "access", "the line")
    assert (line["status"], line["outcome"]) == (200, "cut")
    assert not [line for line in server.logs if line["logger"].startswith("uvicorn")]


@pytest.mark.parametrize("do", ["endless", "never_suspends", "plain_endless", "silent"])
def test_client_that_leaves_ends_the_generator_and_frees_its_slot(
    server: RuntimeServer, folder: Path, do: str
) -> None:
    for number in range(5):  # one more than there are slots
        mark = f"closed-{do}-{number}"
        with httpx2.Client() as leaving:
            body = {"do": do, "mark": mark}
            try:
                with leaving.stream(
                    "POST",
                    f"{server.base}/v1/chat/completions",
                    json=body,
                    timeout=httpx2.Timeout(5, read=0.3),
                ) as answer:
                    next(answer.iter_raw())
            except httpx2.ReadTimeout:
                assert do == "silent"
        appears(folder / mark)

    line = server.log(lambda line: line.get("status") == 499, "the line of a client that left")
    assert line["outcome"] == "client_left"
    assert httpx2.post(f"{server.base}/v1/completions", json={"do": "nothing"}).status_code == 200
