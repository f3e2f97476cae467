"""Slots and the queue for them."""

import asyncio

import pytest

from truss_runtime.admission import Limit, Limits, Place, QueueFullError
from truss_runtime.kinds import KINDS


@pytest.mark.asyncio
async def test_slot_goes_to_whoever_waits_longest() -> None:
    limit = Limit(1, 10)
    await limit.wait()
    order: list[int] = []

    async def take(number: int) -> None:
        await limit.wait()
        order.append(number)
        limit.give_back()

    waiting = [asyncio.create_task(take(number)) for number in range(3)]
    await asyncio.sleep(0)
    limit.give_back()
    await asyncio.gather(*waiting)

    assert order == [0, 1, 2]


@pytest.mark.asyncio
async def test_newcomer_does_not_overtake_those_who_wait() -> None:
    limit = Limit(1, 10)
    await limit.wait()
    waiting = asyncio.create_task(limit.wait())
    await asyncio.sleep(0)

    limit.give_back()  # it is the waiting one's now, though that has not run yet

    assert not limit.take()
    await waiting


@pytest.mark.asyncio
async def test_full_queue_refuses_at_once() -> None:
    limit = Limit(1, 1)
    await limit.wait()
    waiting = asyncio.create_task(limit.wait())
    await asyncio.sleep(0)

    with pytest.raises(QueueFullError):
        await limit.wait()

    limit.give_back()
    await waiting


@pytest.mark.asyncio
async def test_who_gives_up_waiting_leaves_its_place() -> None:
    limit = Limit(1, 1)
    await limit.wait()
    waiting = asyncio.create_task(limit.wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    limit.give_back()

    assert limit.take()


@pytest.mark.asyncio
async def test_slot_given_to_one_that_gives_up_is_not_lost() -> None:
    limit = Limit(1, 1)
    await limit.wait()
    waiting = asyncio.create_task(limit.wait())
    await asyncio.sleep(0)
    limit.give_back()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert limit.take()


def test_one_limit_over_all_routes_where_concurrency_is_set() -> None:
    limits = Limits(KINDS, concurrency=3, predict=1, queue=0)

    assert len({id(limit) for limit in limits.by_kind.values()}) == 1
    assert limits.by_kind["predict"].slots == 3


def test_predict_has_a_limit_of_its_own_otherwise() -> None:
    limits = Limits(KINDS, concurrency=None, predict=2, queue=0)

    assert limits.by_kind["predict"].slots == 2
    assert limits.by_kind["chat_completions"] is limits.by_kind["completions"]


@pytest.mark.asyncio
async def test_who_gives_up_waiting_just_before_its_turn_is_passed_over() -> None:
    limit = Limit(1, 2)
    await limit.wait()
    leaving, staying = (asyncio.create_task(limit.wait()) for _ in range(2))
    await asyncio.sleep(0)

    leaving.cancel()
    limit.give_back()  # before the one that leaves has run again
    ended = await asyncio.gather(leaving, staying, return_exceptions=True)

    assert [type(result) for result in ended] == [asyncio.CancelledError, type(None)]


@pytest.mark.asyncio
async def test_place_holds_one_slot_at_a_time() -> None:
    first, second, place = Limit(1, 0), Limit(1, 0), Place()

    await place.move(first)
    await place.move(second)
    moved = first.taken, second.taken
    place.leave()

    assert (moved, second.taken) == ((0, 1), 0)


@pytest.mark.asyncio
async def test_place_keeps_its_slot_where_the_next_step_is_under_the_same_limit() -> None:
    limit, place = Limit(1, 1), Place()
    await place.move(limit)
    waiting = asyncio.create_task(limit.wait())
    await asyncio.sleep(0)

    await place.move(limit)

    assert not waiting.done()
    place.leave()
    await waiting


@pytest.mark.asyncio
async def test_place_that_finds_the_queue_full_holds_nothing() -> None:
    first, second, place = Limit(1, 0), Limit(1, 0), Place()
    await second.wait()
    await place.move(first)

    with pytest.raises(QueueFullError):
        await place.move(second)
    place.leave()

    assert (first.taken, second.taken) == (0, 1)
