"""POST /v1/chat/completions, as https://platform.openai.com/docs/api-reference/chat documents it."""

from typing import Literal

from truss_runtime.web.schema.base import Body, Object


class ChatMessage(Body):
    """One message of the conversation."""

    role: str
    content: str | list[Object] | None = None
    name: str | None = None
    tool_calls: list[Object] | None = None
    tool_call_id: str | None = None


class ChatCompletionRequest(Body):
    """The body of a request."""

    messages: list[ChatMessage]
    model: str | None = None
    stream: bool | None = None
    stream_options: Object | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: str | list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    seed: int | None = None
    tools: list[Object] | None = None
    tool_choice: str | Object | None = None
    parallel_tool_calls: bool | None = None
    response_format: Object | None = None
    reasoning_effort: str | None = None
    metadata: Object | None = None
    user: str | None = None


class ChatChoice(Body):
    """One answer."""

    index: int
    message: ChatMessage
    finish_reason: str | None = None
    logprobs: Object | None = None


class ChatCompletion(Body):
    """The answer, where it is not streamed."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: Object | None = None


Request = ChatCompletionRequest
Response = ChatCompletion
