"""What decides whether an answer streams, and what every official client makes of a stream that fails."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from runtime_server import RuntimeServer, until

MODEL = """
import asyncio
import pathlib
import time

HERE = pathlib.Path(__file__).parent


def chunk(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


class Model:
    def predict(self, x):
        return getattr(self, x["do"])(x)

    def text(self, x):
        yield "a"
        yield "ü"

    async def async_text(self, x):
        yield "a"
        yield b"\\xc3\\xbc"

    def dicts(self, x):
        yield {"n": 1}
        yield {"n": 2}

    def nothing(self, x):
        yield from ()

    def fails(self, x):
        yield "a"
        raise ValueError("hidden")

    def waits(self, x):
        try:
            yield "a"
            while not (HERE / x["mark"]).exists():
                time.sleep(0.01)
                yield "b"
        finally:
            (HERE / f"{x['mark']}.closed").touch()

    async def chat_completions(self, x):
        text = x["messages"][0]["content"]
        if text == "whole":
            return {"whole": [1, {"a": None}], "stream": x.get("stream")}
        return self.words(text.split())

    async def words(self, words):
        for word in words:
            if word == "fail":
                raise ValueError("hidden")
            yield chunk(word)
            while word == "wait" and not (HERE / "go").exists():
                await asyncio.sleep(0.01)

    async def completions(self, x):
        return self.words(["fail-not", "fail"])

    def messages(self, x):
        yield {"type": "message_start", "message": {"id": "1", "type": "message", "role": "assistant",
               "content": [], "model": "m", "usage": {"input_tokens": 1, "output_tokens": 1}}}
        raise ValueError("hidden")

    async def responses(self, x):
        yield {"type": "response.output_text.delta", "delta": "a", "sequence_number": 0}
        raise ValueError("hidden")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("choices")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[RuntimeServer]:
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--concurrency=1", "--queue=0", folder=folder) as started:
        yield started.ready()


def ask(server: RuntimeServer, accept: str, **body: str) -> httpx2.Response:
    return httpx2.post(f"{server.base}/predict", json=body, headers={"Accept": accept})


def chat(server: RuntimeServer, text: str, **headers: str) -> httpx2.Response:
    body = {"messages": [{"role": "user", "content": text}], "stream": True}
    return httpx2.post(f"{server.base}/v1/chat/completions", json=body, headers=headers)


@pytest.mark.parametrize("do", ["text", "async_text"])
@pytest.mark.parametrize("accept", ["application/json", "Application/JSON; charset=utf-8"])
def test_predict_gathers_text_for_a_client_that_takes_json_alone(
    server: RuntimeServer, do: str, accept: str
) -> None:
    answer = ask(server, accept, do=do)

    assert (answer.headers["content-type"], answer.json()) == ("application/json", "aü")


@pytest.mark.parametrize("accept", ["*/*", "application/json, text/plain, */*", "text/event-stream"])
def test_predict_streams_text_to_a_client_that_takes_anything_else(
    server: RuntimeServer, accept: str
) -> None:
    answer = ask(server, accept, do="text")

    assert (answer.headers["content-type"], answer.text) == ("application/octet-stream", "aü")


def test_predict_streams_what_is_no_text_whatever_is_accepted(server: RuntimeServer) -> None:
    assert ask(server, "application/json", do="dicts").text == 'data: {"n":1}\n\ndata: {"n":2}\n\n'


def test_predict_gathers_nothing_into_an_empty_string(server: RuntimeServer) -> None:
    assert ask(server, "application/json", do="nothing").json() == ""


def test_error_while_gathering_is_an_http_error(server: RuntimeServer) -> None:
    answer = ask(server, "application/json", do="fails")

    assert (answer.status_code, "ValueError" in answer.json()["error"]) == (500, True)


def test_client_that_leaves_while_its_text_is_gathered_ends_the_generator(
    server: RuntimeServer, folder: Path
) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(
            f"{server.base}/predict",
            json={"do": "waits", "mark": "left"},
            headers={"Accept": "application/json"},
            timeout=0.3,
        )

    until(lambda: (folder / "left.closed").exists() or None, "the end of the generator")
    until(lambda: ask(server, "*/*", do="text").status_code == 200 or None, "its place")


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}, {"User-Agent": "curl/8"}])
def test_chat_streams_what_is_a_stream_whatever_its_headers_say(
    server: RuntimeServer, headers: dict[str, str]
) -> None:
    answer = chat(server, "a b", **headers)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("data: ") == 3


def test_whole_answer_is_given_whole_and_unaltered_to_who_asks_for_a_stream(server: RuntimeServer) -> None:
    answer = chat(server, "whole")

    assert (answer.headers["content-type"], answer.json()) == (
        "application/json",
        {"whole": [1, {"a": None}], "stream": True},
    )


def test_answers_are_never_compressed(server: RuntimeServer) -> None:
    for answer in (chat(server, "a b"), chat(server, "whole"), httpx2.get(f"{server.base}/openapi.json")):
        assert answer.request.headers["accept-encoding"].startswith("gzip")
        assert "content-encoding" not in answer.headers


def test_stream_holds_its_place_until_it_ends(server: RuntimeServer, folder: Path) -> None:
    body = {"messages": [{"role": "user", "content": "wait end"}]}
    with httpx2.stream("POST", f"{server.base}/v1/chat/completions", json=body) as answer:
        arriving = answer.iter_lines()
        next(arriving)
        meanwhile = chat(server, "a")
        (folder / "go").touch()
        list(arriving)

    assert meanwhile.status_code == 429
    until(lambda: chat(server, "a").status_code == 200 or None, "its place")


def _openai(server: RuntimeServer, kind: str) -> Any:
    return {"sync": openai.OpenAI, "async": openai.AsyncOpenAI}[kind](
        base_url=f"{server.base}/v1", api_key="none", max_retries=0
    )


def _anthropic(server: RuntimeServer, kind: str) -> Any:
    return {"sync": anthropic.Anthropic, "async": anthropic.AsyncAnthropic}[kind](
        base_url=server.base, api_key="none", max_retries=0
    )


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("route", ["chat", "completions", "responses", "messages"])
def test_error_amid_a_stream_raises_in_every_official_client(
    server: RuntimeServer, route: str, kind: str
) -> None:
    user: Any = [{"role": "user", "content": "a fail"}]
    asks: dict[str, Any] = {
        "chat": lambda: _openai(server, kind).chat.completions.create(model="m", messages=user, stream=True),
        "completions": lambda: _openai(server, kind).completions.create(model="m", prompt="", stream=True),
        "responses": lambda: _openai(server, kind).responses.create(model="m", input="", stream=True),
        "messages": lambda: _anthropic(server, kind).messages.create(
            model="m", messages=user, max_tokens=9, stream=True
        ),
    }

    async def read() -> None:
        events = await asks[route]()
        await anext(aiter(events))
        async for _ in events:
            pass

    def read_at_once() -> None:
        events = asks[route]()
        next(iter(events))
        list(events)

    with pytest.raises((openai.APIError, anthropic.APIError), match="ValueError") as caught:
        asyncio.run(read()) if kind == "async" else read_at_once()
    assert "hidden" not in str(caught.value)
