"""How long to wait before trying a failed key again: twice as long each time, up to a cap, with jitter."""

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential backoff with jitter."""

    base: float = 0.2
    """Seconds after the first failure."""
    cap: float = 120.0
    """Seconds, at most."""
    spread: float = 0.25
    """Jitter: the delay is shortened by up to this share."""
    source: random.Random = field(default_factory=random.Random)

    def delay(self, failures: int, at_least: float | None = None) -> float:
        """Seconds to wait.

        Args:
            failures: How many there were in a row, from 1.
            at_least: What the server asked for (Retry-After), over which the jitter goes.
        """
        # The exponent is bounded first: a key that fails for days must not overflow a float.
        full = min(self.cap, self.base * 2.0 ** min(failures - 1, 64))
        jittered = full * (1 - self.spread * self.source.random())
        if at_least is None:
            return jittered
        return max(jittered, at_least * (1 + self.spread * self.source.random()))
