"""The Model whose methods are plain functions, which the runtime calls on threads."""

from typing import Any

from .answers import plain_events, prediction


class Model:
    def predict(self, model_input: Any) -> Any:
        return prediction(model_input)

    def chat_completions(self, model_input: Any) -> Any:
        return plain_events(model_input["chunks"], waits=model_input["waits"])
