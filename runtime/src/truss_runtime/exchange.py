"""One request and its answer, as the log sees them. Made by the front, marked by whoever answers."""

import contextvars
from dataclasses import dataclass
from typing import Literal, cast

from starlette.types import Scope, Send

SCOPE_KEY = "truss_runtime.exchange"

LEFT = 499
"""What is logged and counted for a client that left before its answer was complete: nginx's word for it."""

REQUEST_ID: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)
"""The request that the current code works for; every log line gets it, the user's own too."""

Outcome = Literal["answered", "client_left", "cut"]


@dataclass(slots=True)
class Exchange:
    """What is known of one request so far."""

    request_id: str
    started: float
    """Seconds on the monotonic clock."""
    status: int = 0
    """0 until the answer begins."""
    packed: bool = False
    """Whether the body was msgpack: then the answer is."""
    outcome: Outcome = "answered"
    """``client_left``: nobody is there to answer; ``cut``: a stream that failed after its first chunk."""
    code: str | None = None
    """The word for the error that it was answered with, if it was."""
    raised: str | None = None
    """The type of what user code raised, if it did."""
    ended_early: str | None = None
    """Why its work was ended before it was done: ``left``, ``late`` or ``stalled``."""
    first_chunk_seconds: float | None = None
    """How long the first chunk of a stream took."""
    chunks: int = 0
    early: bool = False
    """Whether it may be answered before the server is ready: the smoke request."""
    send_body: Send | None = None
    """The server's own way to send, for chunks: what lies before it looks at an answer's start only."""

    @property
    def final_status(self) -> int:
        """The status that is logged and counted."""
        return LEFT if self.outcome == "client_left" else self.status


def exchange_of(scope: Scope) -> Exchange:
    """Returns the exchange that the front put into the scope."""
    return cast("Exchange", scope[SCOPE_KEY])
