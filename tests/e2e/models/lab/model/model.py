"""A model that does what its environment and its requests ask for, for the tests of the cluster.

Variables:
    LAB_FAIL: `import`, `init` or `load` raises there. While it loads, `exit` and `done` end the process
        with exit code 7 and 0; `memory` takes all that there is; `disk` fills /tmp; `segfault` is one.
    LAB_LOAD_SECONDS: how long load takes.
    LAB_ROUTES: the methods to keep, with commas between; the others are taken away.

Bodies of /predict:
    {"show": "inputs"}: what the model was given.
    {"sleep": 2}: answers that much later, in seconds.
    {"crash": 3}: ends the process with that exit code.
    {"memory": true}: takes all the memory that there is.
    {"ill": true}: is_healthy is false from then on.
    {"block": 60}: holds up the event loop for so many seconds; {"freeze": 60}: the whole interpreter.
Anything else comes back as it is. A chat says back its last message; streamed, a word every `pause` seconds.
"""

import asyncio
import ctypes
import os
import pathlib
import time
from typing import Any

FAIL = os.environ.get("LAB_FAIL", "")
METHODS = ("predict", "chat_completions", "completions")

if FAIL == "import":
    raise ImportError("LAB_FAIL asks for it")


class Model:
    def __init__(self, **kwargs):
        if FAIL == "init":
            raise ValueError("LAB_FAIL asks for it")
        self._given = kwargs
        self._ill = False
        kept = os.environ.get("LAB_ROUTES", ",".join(METHODS)).split(",")
        for name in METHODS:
            if name not in kept:
                setattr(self, name, None)

    def load(self):
        time.sleep(float(os.environ.get("LAB_LOAD_SECONDS", "0")))
        if FAIL in ("exit", "done"):
            os._exit(7 if FAIL == "exit" else 0)
        if FAIL == "memory":
            take_memory()
        if FAIL == "disk":
            fill_disk()
        if FAIL == "segfault":
            ctypes.string_at(0)
        if FAIL == "load":
            raise RuntimeError("LAB_FAIL asks for it")

    def is_healthy(self):
        return not self._ill

    async def predict(self, model_input: dict[str, Any]):
        if model_input.get("show") == "inputs":
            return {
                "config": self._given["config"],
                "secrets": dict(self._given["secrets"]),
                "environment": self._given["environment"],
                "variables": dict(os.environ),
                "user": os.getuid(),
            }
        if "crash" in model_input:
            os._exit(model_input["crash"])
        if "memory" in model_input:
            take_memory()
        if "ill" in model_input:
            self._ill = True
        if "block" in model_input:
            time.sleep(model_input["block"])  # noqa: ASYNC251  # to block is what is asked for
        if "freeze" in model_input:
            freeze(model_input["freeze"])
        await asyncio.sleep(model_input.get("sleep", 0))
        return model_input

    async def chat_completions(self, model_input: dict[str, Any]):
        text = model_input["messages"][-1]["content"]
        if model_input.get("stream"):
            return self._stream(model_input, text)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {**head(model_input, "chat.completion"), "choices": [choice]}

    async def _stream(self, model_input: dict[str, Any], text: str):
        for word in text.split(" "):
            choice = {"index": 0, "delta": {"content": word + " "}, "finish_reason": None}
            yield {**head(model_input, "chat.completion.chunk"), "choices": [choice]}
            await asyncio.sleep(model_input.get("pause", 0))

    async def completions(self, model_input: dict[str, Any]):
        choice = {"index": 0, "text": model_input["prompt"], "finish_reason": "stop", "logprobs": None}
        return {**head(model_input, "text_completion"), "choices": [choice]}


def freeze(seconds: float):
    """Waits in C for what never comes, without letting the interpreter go; no signal ends that."""
    c, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    end = (ctypes.c_long * 2)(int(time.time() + seconds), 0)
    c.pthread_mutex_lock(mutex)
    c.pthread_mutex_timedlock(mutex, end)


def take_memory():
    taken = []
    while True:
        taken.append(bytearray(b"x") * 2**24)


def fill_disk():
    pathlib.Path("/tmp/full").write_bytes(b"x" * 2**25)
    time.sleep(600)


def head(model_input: dict[str, Any], kind: str):
    return {"id": "lab-1", "object": kind, "created": int(time.time()), "model": model_input["model"]}
