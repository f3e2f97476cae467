"""How long a failed key waits."""

import random

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.controller.backoff import Backoff

failures = st.integers(1, 10_000)
seeds = st.integers(0, 1000)


@given(failures, seeds)
def test_delay_is_positive_and_at_most_the_cap(count: int, seed: int) -> None:
    backoff = Backoff(base=0.2, cap=120, source=random.Random(seed))
    assert 0 < backoff.delay(count) <= 120


@given(st.integers(1, 9), seeds)
def test_delay_grows_until_the_cap(count: int, seed: int) -> None:
    backoff = Backoff(base=0.2, cap=120, spread=0.25, source=random.Random(seed))
    assert backoff.delay(count + 1) > backoff.delay(count)


@given(failures, seeds, st.floats(0, 3600))
def test_delay_is_never_less_than_the_server_asked_for(count: int, seed: int, asked: float) -> None:
    assert Backoff(source=random.Random(seed)).delay(count, asked) >= asked


def test_two_keys_that_fail_together_do_not_come_back_together() -> None:
    backoff = Backoff(source=random.Random(1))
    assert len({backoff.delay(5) for _ in range(20)}) == 20
