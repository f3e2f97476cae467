"""The kinds of routes in one column."""

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.api.v1alpha1 import RevisionStatus
from truss_operator.status.history import dropped_routes
from truss_operator.status.summary import WIDTH, kinds_in, summary_of

SERVED = ["predict", "chat_completions", "completions", "embeddings", "responses", "messages", "websocket"]
KINDS = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,62}", fullmatch=True), max_size=64)
MANY = [f"kind_{number}" for number in range(64)]


def entry(revision: str, *kinds: str) -> RevisionStatus:
    return RevisionStatus(
        revision=revision,
        image="registry.example.com/echo:1",
        outcome="Succeeded",
        time="2026-01-31T12:00:00Z",
        routes=summary_of(kinds),
    )


def test_all_that_the_runtime_serves_is_shown() -> None:
    assert summary_of(SERVED) == ",".join(SERVED)


def test_no_routes_are_no_text() -> None:
    assert summary_of([]) == ""


def test_more_than_a_column_bears_is_counted() -> None:
    assert summary_of(MANY).endswith("kind_14,kind_15 and 48 more")


def test_one_kind_that_is_too_long_is_counted_too() -> None:
    assert summary_of(["x" * (WIDTH + 1)]) == "1 routes"


@given(KINDS)
def test_it_is_short_and_names_whole_kinds_from_the_first(kinds: list[str]) -> None:
    summary = summary_of(kinds)
    named, whole = kinds_in(summary)
    assert len(summary) <= WIDTH + len(" and 64 more")
    assert named == kinds[: len(named)]
    assert whole == (named == kinds)


def test_dropped_routes_are_those_that_are_named_no_more() -> None:
    assert dropped_routes([entry("b", "predict"), entry("a", *SERVED)], "b") == (SERVED[1:], "a")


def test_routes_that_are_not_shown_do_not_count_as_dropped() -> None:
    assert dropped_routes([entry("b", *MANY), entry("a", "kind_63")], "b") == ([], "")
