"""The work queue: each key once, none twice at a time, none lost."""

import asyncio
from typing import Any, Protocol

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from truss_operator.controller.backoff import Backoff
from truss_operator.controller.queue import Clock, QueueClosed, WorkQueue
from truss_operator.controller.urgency import Urgency

pytestmark = pytest.mark.asyncio


class Hands(Clock, Protocol):
    """The clock of the tests."""

    def advance(self, seconds: float) -> None: ...


class Silent:
    """Observes nothing."""

    def added(self, depth: int) -> None: ...

    def taken(self, depth: int, waited: float) -> None: ...

    def retried(self) -> None: ...

    def closed(self) -> None: ...


@pytest.fixture
def queue(clock: Hands) -> WorkQueue[str]:
    return WorkQueue(clock, Backoff(base=1, cap=100, spread=0), Silent())


async def test_key_added_twice_is_taken_once(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.add("a")
    assert await queue.get() == "a"
    assert len(queue) == 0


async def test_keys_come_in_the_order_they_were_added(queue: WorkQueue[str]) -> None:
    for key in "abc":
        queue.add(key)
    queue.add("a")
    assert [await queue.get() for _ in range(3)] == ["a", "b", "c"]


async def test_key_added_while_it_is_handled_waits_until_that_is_done(queue: WorkQueue[str]) -> None:
    queue.add("a")
    await queue.get()
    queue.add("a")
    assert len(queue) == 0
    queue.done("a")
    assert await queue.get() == "a"


async def test_key_done_without_news_does_not_come_back(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.done(await queue.get())
    assert len(queue) == 0


async def test_delayed_key_comes_when_it_is_due(queue: WorkQueue[str], clock: Hands) -> None:
    queue.add_after("a", 5)
    clock.advance(4.9)
    assert len(queue) == 0
    clock.advance(0.1)
    assert await queue.get() == "a"


async def test_key_is_as_urgent_after_its_pause_as_it_was(queue: WorkQueue[str], clock: Hands) -> None:
    queue.add("moved", Urgency.MOVED)
    queue.add_after(await queue.get(), 1)
    queue.done("moved")
    queue.add("rising", Urgency.RISING)
    clock.advance(1)
    assert [await queue.get() for _ in range(2)] == ["moved", "rising"]


async def test_of_two_delays_the_shorter_holds(queue: WorkQueue[str], clock: Hands) -> None:
    queue.add_after("a", 5)
    queue.add_after("a", 2)
    queue.add_after("a", 9)
    clock.advance(2)
    queue.done(await queue.get())
    clock.advance(10)
    assert len(queue) == 0


async def test_key_added_now_takes_its_delay_along(queue: WorkQueue[str], clock: Hands) -> None:
    queue.add_after("a", 5)
    queue.add("a")
    queue.done(await queue.get())
    clock.advance(10)
    assert len(queue) == 0


async def test_failing_key_waits_longer_each_time(queue: WorkQueue[str]) -> None:
    assert [queue.retry("a") for _ in range(4)] == [1, 2, 4, 8]


async def test_key_that_went_well_starts_again_from_the_shortest_delay(queue: WorkQueue[str]) -> None:
    queue.retry("a")
    queue.retry("a")
    queue.forget("a")
    assert queue.retry("a") == 1


async def test_retry_after_holds_whatever_else_happens_to_the_key(
    queue: WorkQueue[str], clock: Hands
) -> None:
    queue.add("a")
    await queue.get()
    queue.retry("a", 5)
    queue.done("a")

    queue.add("a")
    clock.advance(4.9)
    assert len(queue) == 0
    clock.advance(0.2)
    assert len(queue) == 1


@pytest.mark.parametrize("put_off", [1, 5], ids=["sooner", "later"])
async def test_news_of_a_key_that_is_put_off_makes_it_as_urgent_as_they_are(
    queue: WorkQueue[str], clock: Hands, put_off: float
) -> None:
    queue.add_after("edited", put_off, Urgency.RISING)
    queue.add_after("edited", 3, Urgency.CHANGED)
    queue.add("rising", Urgency.RISING)
    clock.advance(3)
    assert await queue.get() == "edited"


async def test_urgency_of_what_a_key_was_put_off_for_is_not_lost_by_less_urgent_news(
    queue: WorkQueue[str],
) -> None:
    queue.add_after("edited", 3, Urgency.CHANGED)
    queue.add("rising", Urgency.RISING)
    queue.add("edited", Urgency.ROUTINE)
    assert await queue.get() == "edited"


async def test_who_takes_sound_keys_waits_while_there_are_only_failed_ones(
    queue: WorkQueue[str], clock: Hands
) -> None:
    queue.add("ill")
    queue.retry(await queue.get())
    queue.done("ill")
    clock.advance(1)
    choosy = asyncio.create_task(queue.get(sound=True))
    await asyncio.sleep(0)
    queue.add("well")
    assert await choosy == "well"
    assert await queue.get() == "ill"


async def test_key_that_went_well_is_sound_again(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.retry(await queue.get())
    queue.forget("a")
    queue.add("a")
    queue.done("a")
    assert await queue.get(sound=True) == "a"


async def test_waiting_worker_gets_the_next_key(queue: WorkQueue[str]) -> None:
    worker = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.add("a")
    assert await worker == "a"


async def test_key_is_not_lost_with_a_worker_that_is_cancelled(queue: WorkQueue[str]) -> None:
    first, second = asyncio.create_task(queue.get()), asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.add("a")
    first.cancel()
    assert await second == "a"


async def test_closing_ends_all_workers(queue: WorkQueue[str]) -> None:
    workers = [asyncio.create_task(queue.get()) for _ in range(3)]
    await asyncio.sleep(0)
    queue.close()
    for ended in await asyncio.gather(*workers, return_exceptions=True):
        assert isinstance(ended, QueueClosed)


async def test_closed_queue_gives_nothing_that_was_waiting(queue: WorkQueue[str]) -> None:
    queue.add("a")
    queue.close()
    with pytest.raises(QueueClosed):
        await queue.get()


class QueueMachine(RuleBasedStateMachine):
    """Adds, takes, gives back and fails keys in any order, against a model of what must hold."""

    keys = st.sampled_from("abcd")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.clock = _Clock()
        self.queue: WorkQueue[str] = WorkQueue(self.clock, Backoff(base=1, cap=8, spread=0), Silent())
        self.owed: set[str] = set()
        """Keys that were added and not taken since."""
        self.taken: set[str] = set()

    def teardown(self) -> None:
        self.loop.close()

    @rule(key=keys)
    def add(self, key: str) -> None:
        self.queue.add(key)
        self.owed.add(key)

    @rule(key=keys, delay=st.floats(0, 10))
    def add_after(self, key: str, delay: float) -> None:
        self.queue.add_after(key, delay)
        self.owed.add(key)

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: len(self.queue) > 0)
    @rule()
    def take(self) -> None:
        key = self.loop.run_until_complete(self.queue.get())
        assert key not in self.taken, "handled twice at the same time"
        assert key in self.owed, "nobody asked for it"
        self.owed.discard(key)
        self.taken.add(key)

    @precondition(lambda self: self.taken)
    @rule(failed=st.booleans(), data=st.data())
    def give_back(self, failed: bool, data: Any) -> None:
        key = data.draw(st.sampled_from(sorted(self.taken)))
        if failed:
            self.queue.retry(key)
            self.owed.add(key)
        self.taken.discard(key)
        self.queue.done(key)

    @precondition(lambda self: not self.taken)
    @invariant()
    def nothing_is_lost(self) -> None:
        self.clock.advance(1000)
        assert len(self.queue) == len(self.owed)


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[list[Any]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: Any, /) -> Any:
        timer = [self.now + delay, callback]
        self.timers.append(timer)

        class Handle:
            def cancel(self) -> None:
                timer[1] = None

        return Handle()

    def advance(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, callback in due:
            if callback is not None:
                callback()


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)


async def test_failed_keys_come_at_once_when_their_cause_has_passed(queue: WorkQueue[str]) -> None:
    for key in ("failed", "later"):
        queue.add(key)
        await queue.get()
    queue.retry("failed")
    queue.add_after("later", 50)
    for key in ("failed", "later"):
        queue.done(key)
    queue.hurry()
    assert len(queue) == 1
    assert await queue.get() == "failed"
    assert queue.retry("failed") == 1


async def test_failed_key_whose_cause_has_passed_is_as_urgent_as_it_was(queue: WorkQueue[str]) -> None:
    queue.add("changed", Urgency.CHANGED)
    queue.retry(await queue.get())
    queue.done("changed")
    queue.add("rising", Urgency.RISING)
    queue.hurry()
    assert [await queue.get() for _ in range(2)] == ["changed", "rising"]


async def test_no_retry_after_is_cut_short(queue: WorkQueue[str], clock: Hands) -> None:
    queue.add("a")
    await queue.get()
    queue.retry("a", 30)
    queue.done("a")
    queue.hurry()
    clock.advance(29)
    assert len(queue) == 0
    clock.advance(2)
    assert await queue.get() == "a"
