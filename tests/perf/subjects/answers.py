"""What both servers answer with: the same user code behind the runtime and behind bare Starlette.

It does next to nothing, so that what is measured is the server.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

_CONTENT = "The quick brown fox jumps over the lazy dog. " * 18

_CHUNK: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion.chunk",
    "created": 1700000000,
    "model": "bench",
    "choices": [{"index": 0, "delta": {"content": "token "}, "finish_reason": None}],
}

_EVENT = 'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"token "}}]}\n\n'


def prediction(body: Any) -> dict[str, Any]:
    """The body, given back."""
    return {"output": body}


def completion() -> dict[str, Any]:
    """A chat completion of about 1 KB."""
    message = {"role": "assistant", "content": _CONTENT}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1700000000,
        "model": "bench",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 200, "completion_tokens": 200, "total_tokens": 400},
    }


async def events(count: int, *, waits: bool) -> AsyncIterator[str]:
    """Text that is framed as server-sent events already; ``waits`` for each as a model does for a token."""
    for _ in range(count):
        if waits:
            await asyncio.sleep(0)
        yield _EVENT


def plain_events(count: int, *, waits: bool) -> Iterator[str]:
    """The same as a plain generator; while it waits, others have the interpreter."""
    for _ in range(count):
        if waits:
            time.sleep(0)
        yield _EVENT


async def objects(count: int, *, waits: bool) -> AsyncIterator[dict[str, Any]]:
    """Chunks as most models have them: one object each, for the server to frame."""
    for _ in range(count):
        if waits:
            await asyncio.sleep(0)
        yield _CHUNK
