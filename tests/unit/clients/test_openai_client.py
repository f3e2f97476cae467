"""OpenAI's own client against a live server: plain and asynchronous, whole and streamed, and its errors."""

import asyncio
from typing import Any

import openai
import pytest

BOTH = pytest.mark.parametrize("chat", ["chat_sync", "chat_async"])


async def chat_async(base_url: str, text: str, **more: Any) -> Any:
    """What came of one chat: the answer's text, or the words of a stream."""
    async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        answer = await client.chat.completions.create(
            model="parrot", messages=[{"role": "user", "content": text}], **more
        )
        if not more.get("stream"):
            return answer.choices[0].message.content
        return [chunk.choices[0].delta.content async for chunk in answer]


def chat_sync(base_url: str, text: str, **more: Any) -> Any:
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="parrot", messages=[{"role": "user", "content": text}], **more
        )
        if not more.get("stream"):
            return answer.choices[0].message.content
        return [chunk.choices[0].delta.content for chunk in answer]


def asked(chat: str, base_url: str, text: str, **more: Any) -> Any:
    if chat == "chat_sync":
        return chat_sync(base_url, text, **more)
    return asyncio.run(chat_async(base_url, text, **more))


@BOTH
def test_openai_client_chats(base_url: str, chat: str) -> None:
    assert asked(chat, base_url, "well said") == "well said"


@BOTH
def test_openai_client_streams(base_url: str, chat: str) -> None:
    assert asked(chat, base_url, "well said", stream=True) == ["", "well ", "said ", None]


@BOTH
@pytest.mark.parametrize("stream", [False, True])
def test_openai_client_knows_a_refusal_by_its_status_and_headers(
    base_url: str, chat: str, stream: bool
) -> None:
    with pytest.raises(openai.RateLimitError, match="come back later") as caught:
        asked(chat, base_url, "refuse", stream=stream)

    assert caught.value.response.headers["retry-after"] == "0"


@BOTH
def test_openai_client_knows_an_error_of_the_model_and_the_requests_id(base_url: str, chat: str) -> None:
    with pytest.raises(openai.InternalServerError, match="ValueError") as caught:
        asked(chat, base_url, "break")

    assert "secret" not in str(caught.value)
    assert caught.value.request_id
    assert caught.value.request_id in str(caught.value)


@BOTH
def test_openai_client_sees_that_a_stream_was_cut(base_url: str, chat: str) -> None:
    with pytest.raises(openai.APIError, match="ValueError"):
        asked(chat, base_url, "well cut off", stream=True)
