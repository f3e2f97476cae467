"""POST /v1/messages, as https://docs.claude.com/en/api/messages documents it."""

from typing import Literal

from truss_runtime.web.schema.base import Body, Object


class InputMessage(Body):
    """One message of the conversation."""

    role: str
    content: str | list[Object]


class MessageRequest(Body):
    """The body of a request."""

    messages: list[InputMessage]
    max_tokens: int
    model: str | None = None
    system: str | list[Object] | None = None
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    tools: list[Object] | None = None
    tool_choice: Object | None = None
    thinking: Object | None = None
    metadata: Object | None = None


class Message(Body):
    """The answer, where it is not streamed."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    content: list[Object]
    model: str
    stop_reason: str | None = None
    stop_sequence: str | None = None
    usage: Object | None = None


Request = MessageRequest
Response = Message
