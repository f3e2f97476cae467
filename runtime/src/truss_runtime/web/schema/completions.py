"""POST /v1/completions, as https://platform.openai.com/docs/api-reference/completions documents it."""

from typing import Literal

from truss_runtime.web.schema.base import Body, Object


class CompletionRequest(Body):
    """The body of a request."""

    prompt: str | list[str] | list[int] | list[list[int]]
    model: str | None = None
    stream: bool | None = None
    stream_options: Object | None = None
    suffix: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    n: int | None = None
    best_of: int | None = None
    logprobs: int | None = None
    echo: bool | None = None
    stop: str | list[str] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    seed: int | None = None
    user: str | None = None


class CompletionChoice(Body):
    """One answer."""

    index: int
    text: str
    finish_reason: str | None = None
    logprobs: Object | None = None


class Completion(Body):
    """The answer, where it is not streamed."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: Object | None = None


Request = CompletionRequest
Response = Completion
