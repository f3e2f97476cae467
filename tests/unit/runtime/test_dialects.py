"""Embeddings, Responses and Anthropic's Messages of a live server, as the official clients see them."""

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from runtime_server import RuntimeServer

MODEL = """
from fastapi import HTTPException


def message(**more):
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "usage": usage} | more


def message_events(words):
    yield {"type": "message_start", "message": message(content=[], stop_reason=None, stop_sequence=None)}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for word in words:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
    yield {"type": "content_block_stop", "index": 0}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 2}}
    yield {"type": "message_stop"}


class Model:
    async def embeddings(self, x):
        data = [{"object": "embedding", "index": 0, "embedding": [0.5, 1.0]}]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return {"object": "list", "data": data, "model": "m", "usage": usage}

    async def responses(self, x):
        if x.get("stream"):
            return self.deltas(x)
        part = {"type": "output_text", "text": x["input"], "annotations": []}
        output = {"id": "o", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        return {"id": "r", "object": "response", "created_at": 1, "status": "completed", "output": [output]}

    async def deltas(self, x):
        for number, word in enumerate(x["input"].split()):
            if word == "fail":
                raise ValueError("hidden")
            yield {"type": "response.output_text.delta", "delta": word, "sequence_number": number}

    def messages(self, x):
        text = x["messages"][0]["content"]
        if text == "raise":
            raise ValueError("hidden")
        if text == "teapot":
            raise HTTPException(418, {"type": "teapot_error", "message": "short and stout"})
        if x.get("stream"):
            return self.stream(text)
        return message(content=[{"type": "text", "text": text}], stop_reason="end_turn", stop_sequence=None)

    def stream(self, text):
        for event in message_events(text.split()):
            if event.get("delta", {}).get("text") == "fail":
                raise ValueError("hidden")
            yield event
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("dialects")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, folder=folder) as started:
        yield started.ready()


@pytest.fixture
def client(server: RuntimeServer) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)


@pytest.fixture
def claude(server: RuntimeServer) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.base, api_key="none", max_retries=0)


def ask(claude: anthropic.Anthropic, text: str, **more: Any) -> Any:
    return claude.messages.create(
        model="m", max_tokens=9, messages=[{"role": "user", "content": text}], **more
    )


def test_openai_client_reads_embeddings(client: openai.OpenAI) -> None:
    made = client.embeddings.create(model="m", input="a", encoding_format="float")

    assert made.data[0].embedding == [0.5, 1.0]


def test_openai_client_reads_a_response_whole_and_streamed(client: openai.OpenAI) -> None:
    whole = client.responses.create(model="m", input="a b")
    streamed = client.responses.create(model="m", input="a b", stream=True)

    assert whole.output_text == "a b"
    assert [event.delta for event in streamed if event.type == "response.output_text.delta"] == ["a", "b"]


def test_openai_client_raises_on_a_response_that_breaks_off(client: openai.OpenAI) -> None:
    events = client.responses.create(model="m", input="a fail", stream=True)

    next(events)
    with pytest.raises(openai.APIError, match="ValueError"):
        next(events)


def test_error_event_of_a_response_has_its_fields_on_top_too(server: RuntimeServer) -> None:
    parts: list[bytes] = []
    body = {"input": "a fail", "stream": True}
    with httpx2.stream("POST", f"{server.base}/v1/responses", json=body) as answer:
        arriving = answer.iter_raw()
        with pytest.raises(httpx2.RemoteProtocolError):
            parts.extend(iter(lambda: next(arriving), None))

    received = b"".join(parts)
    assert b'event: error\ndata: {"type":"error","code":"model_error","message":"The model\'s' in received
    assert b"hidden" not in received


def test_anthropic_client_reads_a_message_whole_and_streamed(claude: anthropic.Anthropic) -> None:
    whole = ask(claude, "a b")
    with claude.messages.stream(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "a b"}]
    ) as stream:
        words = list(stream.text_stream)

    assert whole.content[0].text == "a b"
    assert words == ["a", "b"]


def test_anthropic_client_raises_on_a_message_that_breaks_off(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APIStatusError, match="ValueError") as caught:
        list(ask(claude, "a fail", stream=True))

    assert "hidden" not in str(caught.value)


def test_anthropic_client_gets_errors_in_anthropics_shape(claude: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.InternalServerError) as failed:
        ask(claude, "raise")
    with pytest.raises(anthropic.APIStatusError) as refused:
        ask(claude, "teapot")

    assert isinstance(failed.value.body, dict)
    assert (failed.value.body["type"], failed.value.body["error"]["type"]) == ("error", "api_error")
    assert "ValueError" in failed.value.body["error"]["message"]
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["error"] == {"type": "teapot_error", "message": "short and stout"}


@pytest.mark.parametrize(
    ("method", "content", "status", "kind"),
    [("POST", b"{", 400, "invalid_request_error"), ("GET", b"", 405, "invalid_request_error")],
)
def test_error_of_the_server_on_messages_has_anthropics_shape(
    server: RuntimeServer, method: str, content: bytes, status: int, kind: str
) -> None:
    answer = httpx2.request(method, f"{server.base}/v1/messages", content=content)

    assert answer.status_code == status
    assert answer.json()["type"] == "error"
    assert answer.json()["error"].keys() == {"type", "message"}
    assert answer.json()["error"]["type"] == kind
