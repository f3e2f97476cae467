"""Never two leaders, and never none for long: whatever is slow, paused or lost."""

from dataclasses import dataclass, field, replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from truss_operator.election.decision import Claim, Sighting, Timing, Wait, decide
from truss_operator.election.lease import Lease

TIMING = Timing(10)
ME, OTHER = "me", "other"


def test_lease_that_is_not_there_is_made() -> None:
    assert decide(ME, Sighting(None, 0), TIMING, 0) == Claim(Lease(ME, 10))


def test_lease_that_was_given_back_is_taken_at_once() -> None:
    given_back = Lease("", 1, transitions=3, resource_version="7")
    assert decide(ME, Sighting(given_back, 0), TIMING, 0) == Claim(Lease(ME, 10, 4, resource_version="7"))


def test_lease_of_another_is_left_alone_while_it_is_good() -> None:
    seen = Sighting(Lease(OTHER, 10, resource_version="7"), since=100)
    assert decide(ME, seen, TIMING, 109.9) == Wait(110 - 109.9)
    assert decide(ME, seen, TIMING, 101) == Wait(TIMING.retry)


def test_lease_of_another_is_taken_when_it_has_run_out() -> None:
    seen = Sighting(Lease(OTHER, 10, resource_version="7"), since=100)
    assert isinstance(decide(ME, seen, TIMING, 110), Claim)


def test_sign_of_life_begins_the_wait_anew() -> None:
    seen = Sighting(Lease(OTHER, 10, resource_version="7"), since=100)
    again = seen.next(Lease(OTHER, 10, resource_version="8"), 109)
    assert isinstance(decide(ME, again, TIMING, 110), Wait)


def test_own_lease_is_taken_up_after_a_restart_without_waiting() -> None:
    seen = Sighting(Lease(ME, 10, transitions=2, resource_version="7"), since=100)
    assert decide(ME, seen, TIMING, 100) == Claim(Lease(ME, 10, 2, resource_version="7"))


def test_holder_stops_well_before_others_may_begin() -> None:
    assert TIMING.retry * 2 < TIMING.deadline < TIMING.seconds - 2 * TIMING.retry


@dataclass
class Process:
    """One of those that would lead, as `Elector` does it, step by step."""

    name: str
    seen: Sighting = field(default_factory=lambda: Sighting(None, 0.0))
    until: float = 0.0
    sent: tuple[float, Lease] | None = None
    """A write that is on its way, and since when."""


class Election(RuleBasedStateMachine):
    """Processes that look, write and stand still in any order; a store that compares versions."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.version = 0
        self.stored: Lease | None = None
        self.processes = [Process(name) for name in ("a", "b", "c")]

    @rule(seconds=st.floats(0.01, 12))
    def time_goes_on(self, seconds: float) -> None:
        self.now += seconds

    @rule(who=st.integers(0, 2))
    def looks(self, who: int) -> None:
        process = self.processes[who]
        process.seen = process.seen.next(self.stored, self.now)

    @rule(who=st.integers(0, 2))
    def sends_a_write(self, who: int) -> None:
        process = self.processes[who]
        if process.sent is not None:
            return
        lease = process.seen.lease
        if self.now < process.until:
            assert lease is not None
            process.sent = (self.now, lease)
            return
        step = decide(process.name, process.seen, TIMING, self.now)
        if isinstance(step, Claim):
            process.sent = (self.now, step.lease)

    @rule(who=st.integers(0, 2), answered=st.booleans())
    def write_arrives(self, who: int, answered: bool) -> None:
        process = self.processes[who]
        if process.sent is None:
            return
        sent, lease = process.sent
        process.sent = None
        if (self.stored.resource_version if self.stored else "") != lease.resource_version:
            return
        self.version += 1
        self.stored = replace(lease, resource_version=str(self.version))
        if answered:
            process.seen = Sighting(self.stored, sent)
            process.until = sent + TIMING.deadline

    @rule(who=st.integers(0, 2))
    def process_ends_and_is_started_again(self, who: int) -> None:
        self.processes[who] = Process(self.processes[who].name, Sighting(None, self.now))

    @invariant()
    def at_most_one_leads(self) -> None:
        assert sum(self.now < process.until for process in self.processes) <= 1

    def teardown(self) -> None:
        """Left alone, whoever looks from then on gets it when the lease has run out once."""
        eager = self.processes[0]
        for process in self.processes:
            process.sent = None
        end = self.now + TIMING.seconds + 2 * TIMING.retry
        while self.now >= eager.until:
            assert self.now <= end
            self.looks(0)
            self.sends_a_write(0)
            self.write_arrives(0, answered=True)
            self.now += TIMING.retry


TestElection = Election.TestCase
TestElection.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
