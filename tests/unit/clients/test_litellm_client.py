"""LiteLLM against a live server."""

import importlib
import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

# What LiteLLM itself warns of is its own affair.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(120)]
on_one_loop = pytest.mark.asyncio(loop_scope="module")  # LiteLLM keeps its connections for the next call


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def litellm() -> AsyncIterator[Any]:
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else its import asks the network for prices
    litellm: Any = importlib.import_module("litellm")  # late: it takes seconds
    litellm.suppress_debug_info = True
    yield litellm
    await litellm.close_litellm_async_clients()
    del os.environ["LITELLM_LOCAL_MODEL_COST_MAP"]


def asking(base_url: str, told: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": told}]
    return {
        "model": "openai/parrot",
        "api_base": base_url,
        "api_key": "none",
        "messages": messages,
        "max_retries": 0,
        **more,
    }


def text(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip()


def test_litellm_chats(litellm: Any, base_url: str) -> None:
    answer = litellm.completion(**asking(base_url, "hello there"))

    assert answer.choices[0].message.content == "hello there"
    assert answer.usage.total_tokens == 3


@on_one_loop
async def test_litellm_chats_asynchronously(litellm: Any, base_url: str) -> None:
    answer = await litellm.acompletion(**asking(base_url, "hello there"))

    assert answer.choices[0].message.content == "hello there"


def test_litellm_streams(litellm: Any, base_url: str) -> None:
    chunks = list(litellm.completion(**asking(base_url, "hello there", stream=True)))

    assert text(chunks) == "hello there"
    assert chunks[-1].choices[0].finish_reason == "stop"


@on_one_loop
async def test_litellm_streams_asynchronously(litellm: Any, base_url: str) -> None:
    stream = await litellm.acompletion(**asking(base_url, "hello there", stream=True))

    assert text([chunk async for chunk in stream]) == "hello there"


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streaming"])
def test_litellm_knows_a_refusal_by_its_status(litellm: Any, base_url: str, stream: bool) -> None:
    with pytest.raises(litellm.RateLimitError, match="come back later"):
        litellm.completion(**asking(base_url, "refuse", stream=stream))


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "streaming"])
def test_litellm_knows_an_error_of_the_model(litellm: Any, base_url: str, stream: bool) -> None:
    with pytest.raises(litellm.InternalServerError, match="raised ValueError") as raised:
        litellm.completion(**asking(base_url, "break", stream=stream))

    assert "a secret of the model" not in str(raised.value)


def test_litellm_sees_that_a_stream_was_cut(litellm: Any, base_url: str) -> None:
    received: list[Any] = []

    with pytest.raises((litellm.APIError, litellm.exceptions.MidStreamFallbackError)):
        received.extend(litellm.completion(**asking(base_url, "hello cut there", stream=True)))

    assert "there" not in text(received)


def test_litellm_is_told_of_a_route_that_is_not_there(litellm: Any, base_url: str) -> None:
    with pytest.raises(litellm.NotFoundError, match="define `embeddings`"):
        litellm.embedding(
            model="openai/parrot", input=["a"], api_base=base_url, api_key="none", max_retries=0
        )
