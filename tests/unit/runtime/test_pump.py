"""A plain generator walked by one thread: order, back-pressure, errors, and an end in good time."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime.stream.pump import BUFFERED_CHUNKS, Pump


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.mark.asyncio
async def test_chunks_come_in_order_and_all_of_them(executor: ThreadPoolExecutor) -> None:
    found = [chunk async for chunk in Pump(iter(range(10_000)), executor)]

    assert found == list(range(10_000))


@pytest.mark.asyncio
async def test_reader_that_does_not_read_stops_the_generator(executor: ThreadPoolExecutor) -> None:
    made: list[int] = []
    full = threading.Event()

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            if len(made) >= BUFFERED_CHUNKS:
                full.set()
            yield made[-1]

    pump = Pump(endless(), executor)
    assert await anext(pump) == 0
    await asyncio.to_thread(full.wait, 10)
    await pump.aclose()

    assert len(made) <= BUFFERED_CHUNKS + 2


@pytest.mark.asyncio
async def test_closing_runs_the_generators_finally_on_its_thread(executor: ThreadPoolExecutor) -> None:
    ended_on: list[str] = []

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            ended_on.append(threading.current_thread().name)

    pump = Pump(endless(), executor)
    await anext(pump)
    await pump.aclose()

    assert len(ended_on) == 1
    assert ended_on[0] != threading.current_thread().name


@pytest.mark.asyncio
async def test_error_comes_after_the_chunks_before_it(executor: ThreadPoolExecutor) -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("third")

    pump = Pump(failing(), executor)
    assert [await anext(pump), await anext(pump)] == [1, 2]
    with pytest.raises(ValueError, match="third"):
        await anext(pump)


@pytest.mark.asyncio
async def test_iterator_that_is_no_generator_needs_no_close(executor: ThreadPoolExecutor) -> None:
    class Broken:
        def __iter__(self) -> "Broken":
            return self

        def __next__(self) -> int:
            raise KeyError("inside")

    with pytest.raises(KeyError):
        await anext(Pump(Broken(), executor))


@pytest.mark.asyncio
async def test_slow_generator_wakes_a_waiting_reader(executor: ThreadPoolExecutor) -> None:
    go_on = threading.Event()

    def waiting() -> Iterator[int]:
        go_on.wait(10)
        yield 1

    pump = Pump(waiting(), executor)
    reading = asyncio.ensure_future(anext(pump))
    await asyncio.sleep(0)
    assert not reading.done()
    go_on.set()

    assert await reading == 1


@given(st.lists(st.integers(), max_size=300), st.integers(0, 300))
def test_any_prefix_can_be_read_before_closing(values: list[int], taken: int) -> None:
    async def read() -> list[int]:
        with ThreadPoolExecutor(1) as executor:
            pump = Pump(iter(values), executor)
            found = [await anext(pump) for _ in range(min(taken, len(values)))]
            await pump.aclose()
            return found

    assert asyncio.run(read()) == values[:taken]
