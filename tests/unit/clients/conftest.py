"""One live server for all of these clients, with a chat model that does as it is told."""

from collections.abc import Iterator

import pytest

from runtime_server import RuntimeServer

MODEL = '''
"""Says back what it is told, but: `refuse` is an HTTPException, `break` an error, `cut` one amid a stream."""

from fastapi import HTTPException

HEAD = {"id": "chatcmpl-1", "created": 1, "model": "parrot"}


def chunk(delta, finish_reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}


class Model:
    async def chat_completions(self, model_input, request):
        told = model_input["messages"][-1]["content"]
        if told == "refuse":
            raise HTTPException(429, "come back later", headers={"Retry-After": "0"})
        if told == "break":
            raise ValueError("a secret of the model")
        if model_input.get("stream"):
            return self.stream(told)
        message = {"role": "assistant", "content": told}
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {**HEAD, "object": "chat.completion", "choices": [choice], "usage": usage}

    async def stream(self, told):
        yield chunk({"role": "assistant", "content": ""})
        for word in told.split(" "):
            yield chunk({"content": word + " "})
            if word == "cut":
                raise ValueError("a secret of the model")
        yield chunk({}, "stop")
'''


@pytest.fixture(scope="session")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("parrot")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--model-name=parrot", folder=folder) as server:
        yield f"{server.ready().base}/v1"
