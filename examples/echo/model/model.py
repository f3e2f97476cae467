"""A model that says back what it is told, as /predict and as an OpenAI chat model."""

import time
import uuid
from typing import Any, Dict


class Model:
    def __init__(self, **kwargs):
        self._config = kwargs["config"]
        self._greeting = ""

    def load(self):
        # A real model reads its weights here. The port is open by now; /readyz says 503 until this returns.
        self._greeting = self._config.get("model_metadata", {}).get("greeting", "")

    async def predict(self, model_input: Dict[str, Any]):
        return {"output": self._greeting + str(model_input.get("prompt", ""))}

    async def chat_completions(self, model_input: Dict[str, Any], request):
        prompt = model_input["messages"][-1]["content"]
        answer = (await self.predict({"prompt": prompt}))["output"]
        head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model_input.get("model", "echo"),
        }
        if model_input.get("stream"):
            return self._stream(head, answer)
        words = len(str(prompt).split()), len(answer.split())
        return {
            **head,
            "object": "chat.completion",
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"},
            ],
            "usage": {"prompt_tokens": words[0], "completion_tokens": words[1], "total_tokens": sum(words)},
        }

    async def _stream(self, head: Dict[str, Any], answer: str):
        def chunk(delta, finish_reason=None):
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            return {**head, "object": "chat.completion.chunk", "choices": [choice]}

        yield chunk({"role": "assistant", "content": ""})
        for word in answer.split(" "):
            yield chunk({"content": word + " "})
        yield chunk({}, "stop")
