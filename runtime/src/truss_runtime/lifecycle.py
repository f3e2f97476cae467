"""Where the server is between start and end: written by the main thread, read by both ports.

Flow: starting → loading → ready ⇄ unhealthy → draining; failed from anywhere. It decides nothing: probes
and endpoints ask it.
"""

from enum import StrEnum

from truss_runtime.failure import Report


class State(StrEnum):
    """The states that GET /routes shows."""

    STARTING = "starting"
    LOADING = "loading"
    READY = "ready"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"
    FAILED = "failed"


class Lifecycle:
    """The current state. One assignment changes it, so that another thread can read it without a lock."""

    def __init__(self) -> None:
        self.state = State.STARTING
        self.failure: Report | None = None
        self._dead = False
        self._closed = False

    def to(self, state: State) -> None:
        """Moves on. A failure is final, and draining ends in nothing but the end."""
        if self.state is State.FAILED or (self.state is State.DRAINING and state is not State.FAILED):
            return
        self.state = state

    def fail(self, report: Report) -> None:
        """Records why nothing will be served."""
        self.failure = report
        self.state = State.FAILED

    def ill(self, *, dead: bool) -> None:
        """The model says that it is not healthy; ``dead``: for so long that only a restart can help."""
        self._dead = dead
        if self.state is not State.DRAINING:
            self.to(State.UNHEALTHY)

    def recovered(self) -> None:
        """The model is healthy again."""
        self._dead = False
        if self.state is State.UNHEALTHY:
            self.to(State.READY)

    def close(self) -> None:
        """Notes that the listener closes: the drain is over."""
        self._closed = True

    @property
    def alive(self) -> bool:
        """Whether a restart would be in vain: what /livez says."""
        return self.state is not State.FAILED and not self._dead

    @property
    def ready(self) -> bool:
        """Whether new requests should be sent here: what /readyz says."""
        return self.state is State.READY

    @property
    def reachable(self) -> bool:
        """Whether a new connection is taken and its requests answered: while ready, and during the drain."""
        return self.ready or (self.state is State.DRAINING and not self._closed)

    @property
    def serving(self) -> bool:
        """Whether a request that comes is answered: endpoints leave Services late."""
        state = self.state
        return state is State.READY or state is State.DRAINING or state is State.UNHEALTHY
