"""Callers of the models: most do well, and some do not."""

import asyncio
import contextlib
import itertools
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from .node import Node

WAVE_SECONDS = 240
"""How long the number of requests takes to rise and to fall."""
Call = Callable[["Callers", str], Awaitable[None]]


class Callers:
    """They go to the ready pods of one TrussModel, one after another, as by its Service.

    Args:
        node: Where its pods are.
        name: Of the TrussModel.
    """

    def __init__(self, node: Node, name: str) -> None:
        self._node, self._name = node, name
        self._turn = itertools.count()
        self._http = httpx2.AsyncClient(timeout=30, limits=httpx2.Limits(max_connections=200))

    async def call(self, call: Call, per_second: float) -> None:
        """Calls so often on average, more and less in waves, until it is cancelled."""
        async with asyncio.TaskGroup() as calls:
            while True:
                wave = 1 + 0.4 * math.sin(time.monotonic() * 2 * math.pi / WAVE_SECONDS)
                await asyncio.sleep(random.expovariate(per_second * wave))
                calls.create_task(self.once(call))

    async def once(self, call: Call) -> None:
        """One call, if anybody is ready."""
        addresses = self._node.addresses(self._name)
        if not addresses:
            return
        address = addresses[next(self._turn) % len(addresses)]
        # From a pod that has just gone there is no answer; what it told until then is what is to be seen.
        with contextlib.suppress(httpx2.TransportError):
            await call(self, f"http://{address}:8080")

    async def post(self, url: str, body: dict[str, Any]) -> None:
        """Takes the answer, whatever it is."""
        await self._http.post(url, json=body)

    async def begin(self, url: str, body: dict[str, Any]) -> None:
        """Leaves after the first chunk."""
        async with self._http.stream("POST", url, json=body) as answer:
            async for _ in answer.aiter_raw():
                return


def chat(words: int, pause: float) -> Call:
    """A stream of so many words, so many seconds apart."""
    message = {"role": "user", "content": " ".join(["word"] * words)}
    body = {"model": "chat", "messages": [message], "stream": True}

    async def call(callers: Callers, base: str) -> None:
        taken = {"pause": random.expovariate(1 / pause)}
        await callers.post(f"{base}/v1/chat/completions", {**body, **taken})

    return call


async def leave(callers: Callers, base: str) -> None:
    """A reader who has seen enough."""
    message = {"role": "user", "content": "word " * 40}
    body = {"model": "chat", "messages": [message], "stream": True, "pause": 0.2}
    await callers.begin(f"{base}/v1/chat/completions", body)


def predict(seconds: float, **more: object) -> Call:
    """A plain call that takes so long on average."""

    async def call(callers: Callers, base: str) -> None:
        body = {"sleep": random.expovariate(1 / seconds) if seconds else 0, **more}
        await callers.post(f"{base}/predict", body)

    return call


async def complete(callers: Callers, base: str) -> None:
    """A text completion."""
    await callers.post(f"{base}/v1/completions", {"model": "complete", "prompt": "Once upon a"})


async def fail(callers: Callers, base: str) -> None:
    """A body that the model's code does not expect."""
    await callers.post(f"{base}/v1/chat/completions", {"model": "chat", "messages": []})


async def stray(callers: Callers, base: str) -> None:
    """A route that the model does not have."""
    await callers.post(f"{base}/v1/embeddings", {"model": "chat", "input": "word"})
