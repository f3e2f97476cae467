"""The grammar of streams: events, text that is framed already, and what closes them."""

import itertools
import re
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime.kinds import Dialect
from truss_runtime.stream.sse import DONE, EventStream, RawStream, grammar_for


def sent(*chunks: Any) -> bytes:
    stream = EventStream()
    return b"".join([*map(stream.chunk, chunks), stream.end()])


def events(data: bytes) -> list[str]:
    """What a client's parser makes of a stream: the data of each event (HTML standard, 9.2.6)."""
    found, current = [], []
    for line in re.split(r"\r\n|\r|\n", data.decode()):
        if line.startswith("data:"):
            current.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and current:
            found.append("\n".join(current))
            current = []
    return found


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def test_dict_is_one_event() -> None:
    assert sent({"a": 1}) == b'data: {"a":1}\n\n' + DONE


def test_text_that_is_not_framed_is_one_event_a_chunk() -> None:
    assert events(sent("one", "two")) == ["one", "two", "[DONE]"]


def test_line_ends_in_a_chunk_stay_within_its_event() -> None:
    assert events(sent("one\ntwo\r\nthree\n")) == ["one\ntwo\nthree\n", "[DONE]"]


def test_done_of_the_models_own_is_not_doubled() -> None:
    assert sent("one", "[DONE]").count(DONE) == 1
    assert sent("data: one\n\n", "data: [DONE]\n\n").count(b"[DONE]") == 1
    assert sent("data: one\n\n", "data:[DO", "NE]\r\n\r\n").count(b"[DONE]") == 1


def test_line_of_data_that_reads_done_does_not_close_the_stream() -> None:
    assert events(sent("so be it\n[DONE]"))[-1] == "[DONE]"
    assert len(events(sent("so be it\n[DONE]"))) == 2


def test_comment_first_means_framed() -> None:
    assert sent(": hello\n\n", "data: x\n\n") == b": hello\n\ndata: x\n\n" + DONE


def test_colon_that_is_no_comment_means_text() -> None:
    assert events(sent(":)", " hi")) == [":)", " hi", "[DONE]"]


def test_dict_after_framed_text_starts_at_an_event_boundary() -> None:
    assert events(sent("data: half", {"a": 1})) == ["half", '{"a":1}', "[DONE]"]


def test_text_held_back_is_sent_before_a_dict() -> None:
    assert events(sent("da", {"a": 1})) == ["da", '{"a":1}', "[DONE]"]


def test_text_too_short_to_tell_is_sent_at_the_end() -> None:
    assert events(sent("da")) == ["da", "[DONE]"]


def test_error_starts_at_an_event_boundary_and_is_the_end() -> None:
    stream = EventStream()

    data = stream.chunk("data: half") + stream.error(b'{"error":1}')

    assert events(data) == ["half", '{"error":1}']


def test_predict_sends_text_and_bytes_as_they_are() -> None:
    grammar = grammar_for("a", Dialect.PLAIN)

    assert isinstance(grammar, RawStream)
    assert [grammar.chunk("é"), grammar.chunk(b"\xff"), grammar.end()] == ["é".encode(), b"\xff", b""]


def test_predict_sends_dicts_as_events_without_done() -> None:
    grammar = grammar_for({"a": 1}, Dialect.PLAIN)

    assert grammar.chunk({"a": 1}) + grammar.end() == b'data: {"a":1}\n\n'


LINES = st.sampled_from(
    [
        "data: x",
        "data: [DONE]",
        "data:[DONE]",
        "data: [DONE] ",
        "data: [DONE]x",
        "",
        "event: e",
        "id: 1",
        ": c",
        "id: 2",
    ]
)
FRAMED = st.builds(
    lambda first, rest: "".join(line + end for line, end in [first, *rest]).encode(),
    st.tuples(
        st.sampled_from(["data: x", "event: e", "retry: 5", "id: 7", ": ping"]),
        st.sampled_from(["\n", "\r\n"]),
    ),
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", ""]))),
)


@given(FRAMED, st.lists(st.integers(0, 400), max_size=20))
def test_framed_text_passes_unchanged_however_it_is_split(data: bytes, cuts: list[int]) -> None:
    assert sent(*split(data, cuts)).startswith(data)


@given(FRAMED, st.lists(st.integers(0, 400), max_size=20))
def test_done_closes_framed_text_exactly_if_it_did_not(data: bytes, cuts: list[int]) -> None:
    lines = re.split(rb"\r\n|\r|\n", data)
    # The last line is only a line of its own once something ends it: what closes the open event does.
    closed = any(line in (b"data: [DONE]", b"data:[DONE]") for line in lines)

    added = sent(*split(data, cuts))[len(data) :]

    assert (DONE not in added) == closed


@given(FRAMED, st.lists(st.integers(0, 400), max_size=20))
def test_what_is_added_to_framed_text_is_an_event_of_its_own(data: bytes, cuts: list[int]) -> None:
    before = events(data + b"\n\n")

    after = events(sent(*split(data, cuts)))

    assert after[: len(before)] == before
    assert after[len(before) :] in ([], ["[DONE]"])


@given(st.lists(st.text().filter(lambda text: "\0" not in text and "�" not in text), min_size=1))
def test_unframed_text_reaches_a_parser_chunk_by_chunk(chunks: list[str]) -> None:
    stream = EventStream()
    first = "hello"  # settles that the stream is not framed

    data = b"".join(map(stream.chunk, [first, *chunks]))

    expected = [re.sub(r"\r\n|\r", "\n", chunk) for chunk in [first, *chunks] if chunk]
    assert events(data) == expected


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=3), max_size=4))
def test_any_json_object_reaches_a_parser_as_it_was(chunks: list[dict[str, Any]]) -> None:
    *data, done = events(sent(*chunks))

    assert [orjson.loads(each) for each in data] == chunks
    assert done == "[DONE]"


def test_event_of_responses_and_messages_is_named_by_its_type() -> None:
    for dialect in (Dialect.RESPONSES, Dialect.ANTHROPIC):
        grammar = grammar_for({"type": "ping"}, dialect)

        assert grammar.chunk({"type": "ping"}) == b'event: ping\ndata: {"type":"ping"}\n\n'
        assert grammar.end() == b""


def test_chunk_without_a_type_that_can_name_it_is_unnamed() -> None:
    grammar = grammar_for({}, Dialect.RESPONSES)

    assert grammar.chunk({"type": "two\nlines"}) == b'data: {"type":"two\\nlines"}\n\n'
    assert grammar.chunk({"type": 1}) == b'data: {"type":1}\n\n'


def test_error_event_of_a_named_stream_is_named() -> None:
    grammar = grammar_for({}, Dialect.ANTHROPIC)
    grammar.chunk("data: half")

    assert grammar.error(b"{}") == b"\n\nevent: error\ndata: {}\n\n"
