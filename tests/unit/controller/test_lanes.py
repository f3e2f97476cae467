"""Which key comes first."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.controller.lanes import PATIENCE, Lanes


def lanes(*pushed: tuple[str, int]) -> Lanes[str]:
    made: Lanes[str] = Lanes(3)
    for key, lane in pushed:
        made.push(key, lane)
    return made


def test_urgent_keys_overtake_others() -> None:
    waiting = lanes(("routine", 2), ("moved", 1), ("changed", 0))
    assert [waiting.pop()[0] for _ in range(3)] == ["changed", "moved", "routine"]


def test_key_that_becomes_urgent_is_in_one_lane_only() -> None:
    waiting = lanes(("a", 2), ("b", 2))
    assert not waiting.push("b", 0)
    assert [waiting.pop()[0] for _ in range(2)] == ["b", "a"]
    assert len(waiting) == 0


def test_urgent_key_stays_urgent() -> None:
    waiting = lanes(("a", 0), ("b", 1), ("a", 2))
    assert waiting.pop()[0] == "a"


def test_routine_is_not_starved_by_what_is_urgent() -> None:
    waiting = lanes(("routine", 2))
    taken = []
    for number in range(PATIENCE):
        waiting.push(f"changed-{number}", 0)
        taken.append(waiting.pop()[0])
    assert "routine" in taken


def test_no_lane_is_starved_by_those_before_and_behind_it() -> None:
    waiting = lanes(("moved", 1))
    taken = []
    for number in range(3 * PATIENCE):
        waiting.push(f"changed-{number}", 0)
        waiting.push(f"routine-{number}", 2)
        taken.append(waiting.pop()[0])
    assert "moved" in taken


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 2))))
def test_every_key_comes_once(pushed: list[tuple[str, int]]) -> None:
    waiting = lanes(*pushed)
    taken = [waiting.pop()[0] for _ in range(len(waiting))]
    assert Counter(taken) == Counter({key for key, _ in pushed})
