"""A model without /predict: OpenAI's text completions are all that it serves."""

import time
import uuid
from typing import Any, Dict


class Model:
    def __init__(self, **kwargs):
        self._endings = {}

    def load(self):
        self._endings = {"Once upon a": " time", "To be or not": " to be"}

    async def completions(self, model_input: Dict[str, Any], request):
        prompt = model_input["prompt"]
        text = self._endings.get(prompt, " ...")
        return {
            "id": f"cmpl-{uuid.uuid4().hex}",
            "object": "text_completion",
            "created": int(time.time()),
            "model": model_input.get("model", "completions"),
            "choices": [{"index": 0, "text": text, "finish_reason": "stop", "logprobs": None}],
            "usage": {
                "prompt_tokens": len(prompt.split()),
                "completion_tokens": len(text.split()),
                "total_tokens": len((prompt + text).split()),
            },
        }
