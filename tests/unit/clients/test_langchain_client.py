"""LangChain's OpenAI client against a live server."""

from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
import pytest_asyncio
from pydantic import SecretStr

# What LangChain itself warns of is its own affair.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(120)]
on_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chat(base_url: str) -> AsyncIterator[Any]:
    from langchain_openai import ChatOpenAI  # late: it takes seconds

    async with openai.DefaultAsyncHttpxClient() as client:
        yield ChatOpenAI(
            model="parrot",
            base_url=base_url,
            api_key=SecretStr("none"),
            max_retries=0,
            http_async_client=client,
        )


def text(chunks: list[Any]) -> str:
    return "".join(str(chunk.content) for chunk in chunks).strip()


def test_langchain_chats(chat: Any) -> None:
    answer = chat.invoke("hello there")

    assert answer.content == "hello there"
    assert answer.usage_metadata["total_tokens"] == 3


@on_one_loop
async def test_langchain_chats_asynchronously(chat: Any) -> None:
    answer = await chat.ainvoke("hello there")

    assert answer.content == "hello there"


def test_langchain_streams(chat: Any) -> None:
    chunks = list(chat.stream("hello there"))

    assert text(chunks) == "hello there"
    assert len(chunks) > 2


@on_one_loop
async def test_langchain_streams_asynchronously(chat: Any) -> None:
    chunks = [chunk async for chunk in chat.astream("hello there")]

    assert text(chunks) == "hello there"


def test_langchain_knows_a_refusal_by_its_status(chat: Any) -> None:
    with pytest.raises(openai.RateLimitError, match="come back later"):
        chat.invoke("refuse")


def test_langchain_knows_a_refusal_before_a_stream(chat: Any) -> None:
    with pytest.raises(openai.RateLimitError, match="come back later"):
        list(chat.stream("refuse"))


@on_one_loop
async def test_langchain_knows_an_error_of_the_model(chat: Any) -> None:
    with pytest.raises(openai.InternalServerError, match="raised ValueError") as raised:
        await chat.ainvoke("break")

    assert "a secret of the model" not in str(raised.value)


def test_langchain_sees_that_a_stream_was_cut(chat: Any) -> None:
    received: list[Any] = []

    with pytest.raises(openai.APIError, match="raised ValueError"):
        received.extend(chat.stream("hello cut there"))

    assert "there" not in text(received)
