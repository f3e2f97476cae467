"""POST /v1/responses, as https://platform.openai.com/docs/api-reference/responses documents it."""

from typing import Literal

from truss_runtime.web.schema.base import Body, Object


class ResponseRequest(Body):
    """The body of a request."""

    input: str | list[Object] | None = None
    model: str | None = None
    stream: bool | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    tools: list[Object] | None = None
    tool_choice: str | Object | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Object | None = None
    text: Object | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    metadata: Object | None = None
    user: str | None = None


class ResponseObject(Body):
    """The answer, where it is not streamed."""

    id: str
    object: Literal["response"]
    created_at: float
    output: list[Object]
    model: str | None = None
    status: str | None = None
    usage: Object | None = None


Request = ResponseRequest
Response = ResponseObject
