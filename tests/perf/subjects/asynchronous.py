"""The Model whose methods are coroutines."""

from typing import Any

from .answers import completion, events, objects, prediction


class Model:
    async def predict(self, model_input: Any) -> Any:
        return prediction(model_input)

    async def chat_completions(self, model_input: Any) -> Any:
        if not model_input.get("stream"):
            return completion()
        chunks = objects if model_input["objects"] else events
        return chunks(model_input["chunks"], waits=model_input["waits"])
