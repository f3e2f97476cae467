"""Where the server is between start and end: written by the main thread, read by both ports.

Flow: starting → loading → ready → draining; failed from anywhere. It decides nothing: probes and endpoints
ask it.
"""

from enum import StrEnum

from truss_runtime.failure import Report


class State(StrEnum):
    """The states that GET /routes shows."""

    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    DRAINING = "draining"
    FAILED = "failed"


class Lifecycle:
    """The current state. One assignment changes it, so that another thread can read it without a lock."""

    def __init__(self) -> None:
        self.state = State.STARTING
        self.failure: Report | None = None

    def to(self, state: State) -> None:
        """Moves on. A failure is final, and draining ends in nothing but the end."""
        if self.state is State.FAILED or (self.state is State.DRAINING and state is not State.FAILED):
            return
        self.state = state

    def fail(self, report: Report) -> None:
        """Records why nothing will be served."""
        self.failure = report
        self.state = State.FAILED

    @property
    def ready(self) -> bool:
        """Whether new requests should be sent here: what /readyz says."""
        return self.state is State.READY

    @property
    def serving(self) -> bool:
        """Whether a request that comes is answered: while draining, endpoints leave Services late."""
        return self.state is State.READY or self.state is State.DRAINING
