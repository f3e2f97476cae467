"""The kinds of route: which method of the Model is served where, and in which dialect.

A new OpenAI-style method is one more row here, a module of its name in ``web/schema``, a ``RouteKind`` of the
operator, and a row in docs/reference/http-surface.md and model-contract.md. Tests tell what was left out.
"""

from dataclasses import dataclass
from enum import Enum


class Dialect(Enum):
    """Whose API a route follows: the shape of its errors and the grammar of its streams."""

    PLAIN = "plain"
    """Errors as on Truss; text streams as it is."""
    OPENAI = "openai"
    """OpenAI's errors; a stream of unnamed events that ``[DONE]`` closes."""
    RESPONSES = "responses"
    """OpenAI's errors; a stream of events named by their ``type``."""
    ANTHROPIC = "anthropic"
    """Anthropic's errors; a stream of events named by their ``type``."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One method name that the runtime knows, and the route that it is served on."""

    name: str
    """The method's name on the Model, and the route's ``kind``."""
    path: str
    dialect: Dialect
    method: str = "POST"


PREDICT = Kind("predict", "/predict", Dialect.PLAIN)

KINDS = (
    PREDICT,
    Kind("chat_completions", "/v1/chat/completions", Dialect.OPENAI),
    Kind("completions", "/v1/completions", Dialect.OPENAI),
    Kind("embeddings", "/v1/embeddings", Dialect.OPENAI),
    Kind("responses", "/v1/responses", Dialect.RESPONSES),
    Kind("messages", "/v1/messages", Dialect.ANTHROPIC),
)

WEBSOCKET = Kind("websocket", "/v1/websocket", Dialect.OPENAI, method="GET")
"""The one route that is no request and answer; GET is the method of its handshake."""

_BY_PATH = {kind.path: kind.dialect for kind in KINDS}


def dialect_of(path: str) -> Dialect:
    """Returns the dialect in which an error at this path is told, be there a route or not."""
    if path.startswith("/v1/models/") and path.endswith((":predict", ":predict_binary")):
        return PREDICT.dialect
    return _BY_PATH.get(path) or (Dialect.OPENAI if path.startswith("/v1/") else Dialect.PLAIN)
