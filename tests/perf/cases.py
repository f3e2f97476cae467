"""What is measured, and what is to be reached: one row of the table each."""

import json
import random
from dataclasses import dataclass
from typing import Literal

PREDICT = "/predict"
CHAT = "/v1/chat/completions"
_MANY = 2000

Figure = Literal["cpu", "p99", "first byte"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One load, sent to the runtime and to bare Starlette in turn."""

    name: str
    figure: Figure
    """``cpu``: microseconds of CPU per request or chunk; ``p99`` and ``first byte``: milliseconds."""
    target: float
    """The highest ratio to bare Starlette that is good enough."""
    path: str
    body: str
    subject: str = "asynchronous"
    """The Model that the runtime serves; Starlette's handlers are coroutines."""
    connections: int = 64
    chunks: int = 0
    """Chunks per request, where the figure is per chunk."""


def _stream(chunks: int, *, objects: bool = False, waits: bool = True, plain: bool = False) -> str:
    return json.dumps({"stream": True, "chunks": chunks, "objects": objects, "waits": waits, "plain": plain})


def _chunks(name: str, target: float, *, subject: str = "asynchronous", **how: bool) -> Case:
    return Case(
        name=f"one streamed chunk, {name}",
        figure="cpu",
        target=target,
        path=CHAT,
        body=_stream(_MANY, **how),
        subject=subject,
        connections=1,
        chunks=_MANY,
    )


_random = random.Random(1)
_ONE_KB = json.dumps(
    {"prompt": "x" * 700, "parameters": {"temperature": 0.7, "stop": ["a", "b"]}, "n": [1] * 70}
)
_FLOATS = json.dumps({"values": [_random.uniform(-1, 1) for _ in range(5000)]})
_CHAT = json.dumps(
    {"model": "bench", "temperature": 0.7, "messages": [{"role": "user", "content": "word " * 45}] * 4}
)

CASES = (
    Case(name="predict, 1 KB, 64 at once", figure="cpu", target=1.3, path=PREDICT, body=_ONE_KB),
    Case(
        name="predict, 100 KB of floats, 16 at once",
        figure="cpu",
        target=0.15,
        path=PREDICT,
        body=_FLOATS,
        connections=16,
    ),
    Case(name="chat, 1 KB, 64 at once", figure="cpu", target=1.5, path=CHAT, body=_CHAT),
    Case(
        name="predict by a plain function, 1 KB, 64 at once",
        figure="cpu",
        target=1.8,
        path=PREDICT,
        body=_ONE_KB,
        subject="plain",
    ),
    _chunks("text, async generator", 1.2),
    _chunks("objects, async generator", 1.2, objects=True),
    _chunks("text, plain generator, next to Starlette's own", 1.0, subject="plain", plain=True),
    _chunks("text, async generator that never waits", 1.2, waits=False),
    _chunks("text, plain generator that never waits", 1.5, subject="plain", waits=False),
    Case(
        name="first byte of a stream, idle server",
        figure="first byte",
        target=1.3,
        path=CHAT,
        body=_stream(1),
    ),
    Case(
        name="predict, 1 KB, 16 at once, 99th percentile",
        figure="p99",
        target=2.0,
        path=PREDICT,
        body=_ONE_KB,
        connections=16,
    ),
)

READY_SECONDS = 0.30
"""From the start of the process to 200 on /readyz, at most."""
FAILURES = {
    "import": "an import that raises",
    "init": "a constructor that raises",
    "load": "a load that raises the second time",
    "routes": "a required route that is missing",
}
"""What keeps a model from being served, by the phase that the report names."""
END_SECONDS = 1.0
"""From such a failure to the end of the process, at most."""
IDLE_BYTES = 48_000_000
"""Memory (PSS) of a server that has answered nothing yet, at most."""
