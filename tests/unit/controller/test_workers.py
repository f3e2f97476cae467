"""What becomes of a key that was reconciled, or could not be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest

from truss_operator.controller.backoff import Backoff
from truss_operator.controller.key import Key
from truss_operator.controller.laps import lap
from truss_operator.controller.queue import Clock, WorkQueue
from truss_operator.controller.workers import SLOW, Workers
from truss_operator.kube.errors import Conflict, TooManyRequests, Unavailable
from truss_operator.metrics import CONTROLLER, Metrics

pytestmark = pytest.mark.asyncio

KEY, OTHER = Key("ns", "echo"), Key("ns", "other")
Reconcile = Callable[[Key], Awaitable[float | None]]


class Hands(Clock, Protocol):
    """The clock of the tests."""

    def advance(self, seconds: float) -> None: ...


class Shop:
    """Workers with their queue, on the real clock with short delays; reconciles are timed by `clock`."""

    def __init__(self, reconcile: Reconcile, clock: Clock | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.metrics = Metrics()
        self.queue: WorkQueue[Key] = WorkQueue(loop, Backoff(base=0.01, cap=0.02), self.metrics)
        self.workers = Workers(self.queue, reconcile, self.metrics, clock or loop)

    async def run_until(self, done: asyncio.Event, count: int = 2) -> None:
        running = asyncio.create_task(self.workers.run(count))
        await asyncio.wait_for(done.wait(), 5)
        self.queue.close()
        await running

    def count(self, result: str) -> float:
        labels = {"controller": CONTROLLER, "result": result}
        return self.metrics.registry.get_sample_value("controller_runtime_reconcile_total", labels) or 0


@pytest.mark.parametrize(
    "error",
    [Unavailable("down"), Conflict("changed"), TooManyRequests("later", retry_after=0.05), ValueError("bug")],
)
async def test_failed_key_is_reconciled_again(error: Exception) -> None:
    calls, done = 0, asyncio.Event()

    async def reconcile(_: Key) -> None:
        nonlocal calls
        calls += 1
        if calls < 3:
            raise error
        done.set()

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    await shop.run_until(done)
    assert shop.count("error") == 2
    assert shop.count("success") == 1


async def test_key_comes_back_after_the_pause_that_was_asked_for() -> None:
    calls, done = 0, asyncio.Event()

    async def reconcile(_: Key) -> float | None:
        nonlocal calls
        calls += 1
        if calls == 1:
            return 0.01
        done.set()
        return None

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    await shop.run_until(done)
    assert shop.count("requeue_after") == 1


async def test_failing_key_holds_up_no_other() -> None:
    done = asyncio.Event()

    async def reconcile(key: Key) -> None:
        if key == KEY:
            raise Unavailable("down")
        done.set()

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    shop.queue.add(OTHER)
    await shop.run_until(done, count=1)


async def test_keys_that_take_long_to_fail_leave_workers_to_the_others() -> None:
    hanging, hung, done = asyncio.Event(), 0, asyncio.Event()

    async def reconcile(key: Key) -> None:
        nonlocal hung
        if key == OTHER:
            done.set()
            return
        if shop.count("error") < 8:
            raise Unavailable("down")
        hung += 1
        if hung == 2:
            hanging.set()
        await done.wait()  # for ever, were there no worker for the other one

    shop = Shop(reconcile)
    for number in range(8):
        shop.queue.add(Key("ns", f"failing-{number}"))
    running = asyncio.create_task(shop.workers.run(4))
    await asyncio.wait_for(hanging.wait(), 5)
    shop.queue.add(OTHER)
    await asyncio.wait_for(done.wait(), 5)
    shop.queue.close()
    await running


async def test_when_its_term_is_over_nothing_is_said_to_wait_or_to_work() -> None:
    done = asyncio.Event()

    async def reconcile(_: Key) -> None:
        done.set()
        await asyncio.sleep(0.01)

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    shop.queue.add(OTHER)
    await shop.run_until(done, count=1)
    for name, label in (
        ("controller_runtime_max_concurrent_reconciles", "controller"),
        ("workqueue_depth", "name"),
    ):
        assert shop.metrics.registry.get_sample_value(name, {label: CONTROLLER}) == 0


async def test_defect_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    done = asyncio.Event()

    async def reconcile(_: Key) -> None:
        done.set()
        raise ZeroDivisionError

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    await shop.run_until(done)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(3.0, ["this reconcile took 6.5 s: apply 6.0 s, decide 0.5 s"]), (SLOW / 2 - 0.5, [])],
)
async def test_slow_reconcile_is_told_with_where_the_time_went(
    caplog: pytest.LogCaptureFixture, clock: Hands, seconds: float, told: list[str]
) -> None:
    done = asyncio.Event()

    async def reconcile(_: Key) -> None:
        for name, spent in (("decide", 0.5), ("apply", seconds), ("apply", seconds)):
            with lap(name):
                clock.advance(spent)
        done.set()

    shop = Shop(reconcile, clock)
    shop.queue.add(KEY)
    await shop.run_until(done)
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == told


async def test_what_is_running_is_finished_when_the_queue_closes() -> None:
    begun, finished = asyncio.Event(), False

    async def reconcile(_: Key) -> None:
        nonlocal finished
        begun.set()
        await asyncio.sleep(0.02)
        finished = True

    shop = Shop(reconcile)
    shop.queue.add(KEY)
    await shop.run_until(begun)
    assert finished


async def test_age_of_a_running_reconcile_is_known() -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def reconcile(_: Key) -> None:
        begun.set()
        await go_on.wait()

    shop = Shop(reconcile)
    assert shop.workers.running() == []
    shop.queue.add(KEY)
    running = asyncio.create_task(shop.workers.run(1))
    await begun.wait()
    await asyncio.sleep(0.01)
    (seconds,) = shop.workers.running()
    assert seconds > 0
    go_on.set()
    shop.queue.close()
    await running
    assert shop.workers.running() == []
