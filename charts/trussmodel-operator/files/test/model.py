"""The tiny Model that `helm test` serves."""


class Model:
    def predict(self, model_input):
        return {"said": model_input["say"]}

    def chat_completions(self, model_input):
        message = {"role": "assistant", "content": model_input["messages"][-1]["content"]}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "test", "object": "chat.completion", "created": 0, "model": "test", "choices": [choice]}
