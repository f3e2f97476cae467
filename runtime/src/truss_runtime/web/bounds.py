"""How much and how long one request may take, of one kind of route."""

from dataclasses import dataclass

from truss_runtime.stream.sending import Pace
from truss_runtime.work import Deadlines


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a kind of route."""

    body_bytes: int
    request_seconds: float
    """From the request's head to the answer, or to the first chunk of a stream."""
    deadlines: Deadlines
    """Holds requests to that, those of all routes."""
    pace: Pace
    """Holds a stream to its own measure after that."""
