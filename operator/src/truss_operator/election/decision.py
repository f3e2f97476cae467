"""Who may take the Lease, and until when whoever has it may work. Pure.

No clock is compared with another machine's: a Lease has run out when the one who looks has seen the same
state of it for as long as it is good. The holder stops a good while before that, counted from before it sent
its last sign of life; so at no moment do two of them think that they lead, unless a clock runs half as fast
again as another. Source: client-go, tools/leaderelection, package comment.
"""

from dataclasses import dataclass

from truss_operator.election.lease import Lease


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the elector is. All follow from how long a Lease is good."""

    seconds: int = 10
    """How long the Lease is good without a sign of life."""

    @property
    def deadline(self) -> float:
        """Seconds after which the holder that could give no sign of life stops working."""
        return self.seconds * 2 / 3

    @property
    def retry(self) -> float:
        """Seconds between two signs of life, and between two looks of one that waits."""
        return self.seconds / 10


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one process has seen of the Lease."""

    lease: Lease | None
    """None when there is none."""
    since: float
    """When it saw this state for the first time, monotonic seconds of its own."""

    def next(self, lease: Lease | None, now: float) -> "Sighting":
        """After another look, which may have shown the same."""
        return self if lease == self.lease else Sighting(lease, now)


@dataclass(frozen=True, slots=True)
class Claim:
    """Write this, on top of what was seen; if nobody was faster, the Lease is ours."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again after so many seconds."""

    seconds: float


def decide(me: str, seen: Sighting, timing: Timing, now: float) -> Claim | Wait:
    """What a process that does not lead does next.

    Args:
        me: Its identity, of which there is no other. A holder of that name is itself, before a restart.
        seen: The Lease.
        timing: Its patience.
        now: Monotonic seconds.
    """
    lease = seen.lease
    if lease is None:
        return Claim(Lease(me, timing.seconds))
    expires = seen.since + lease.seconds
    if lease.holder not in ("", me) and now < expires:
        return Wait(min(timing.retry, expires - now))
    moved = lease.holder != me
    return Claim(
        Lease(me, timing.seconds, lease.transitions + moved, resource_version=lease.resource_version)
    )
