"""A model that does what its environment and its requests ask for, for the tests of the cluster.

Variables:
    LAB_FAIL: `import`, `init` or `load` raises there; `exit` ends the process while it loads, without a word.
    LAB_LOAD_SECONDS: how long load takes.
    LAB_ROUTES: the methods to keep, with commas between; the others are taken away.

Bodies of /predict:
    {"show": "inputs"}: what the model was given.
    {"sleep": 2}: answers that much later, in seconds.
    {"crash": 3}: ends the process with that exit code.
Anything else comes back as it is. A chat says back its last message; streamed, a word every `pause` seconds.
"""

import asyncio
import os
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
        kept = os.environ.get("LAB_ROUTES", ",".join(METHODS)).split(",")
        for name in METHODS:
            if name not in kept:
                setattr(self, name, None)

    def load(self):
        time.sleep(float(os.environ.get("LAB_LOAD_SECONDS", "0")))
        if FAIL == "exit":
            os._exit(7)
        if FAIL == "load":
            raise RuntimeError("LAB_FAIL asks for it")

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


def head(model_input: dict[str, Any], kind: str):
    return {"id": "lab-1", "object": kind, "created": int(time.time()), "model": model_input["model"]}
