"""What is sent to a model, and what a person reads of its answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_trussmodel.answer import error, events, pieces, whole
from kubectl_trussmodel.problem import Problem
from kubectl_trussmodel.question import kind_of, question
from kubectl_trussmodel.trussmodel import TrussModel

PATHS = {"predict": "/predict", "chat_completions": "/v1/chat/completions", "completions": "/v1/completions"}


def model(*kinds: str) -> TrussModel:
    routes = [{"kind": kind, "method": "POST", "path": PATHS.get(kind, f"/v1/{kind}")} for kind in kinds]
    return TrussModel({"metadata": {"name": "echo"}, "status": {"model": "served", "routes": routes}})


def delta(text: str) -> str:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': text}}]})}"


@pytest.mark.parametrize(
    ("kinds", "word", "chosen"),
    [
        (("predict", "chat_completions", "completions"), None, "chat_completions"),
        (("predict", "completions"), None, "completions"),
        (("predict", "embeddings"), None, "predict"),
        (("predict", "chat_completions"), "predict", "predict"),
        (("predict", "chat_completions"), "chat", "chat_completions"),
    ],
)
def test_route_is_the_one_named_or_the_best_there_is(
    kinds: tuple[str, ...], word: str | None, chosen: str
) -> None:
    assert kind_of(model(*kinds), word) == chosen


@pytest.mark.parametrize(
    ("kinds", "word", "said"),
    [
        (("predict",), "chat", "does not serve chat_completions. It serves predict."),
        (("embeddings",), None, "serves embeddings, none of which takes a text"),
        ((), None, "serves no route"),
    ],
)
def test_route_that_is_not_served_is_refused_with_what_is(
    kinds: tuple[str, ...], word: str | None, said: str
) -> None:
    with pytest.raises(Problem, match=said):
        kind_of(model(*kinds), word)


def test_chat_is_asked_with_the_served_name_and_for_a_stream() -> None:
    asked = question(
        model("chat_completions"),
        "chat_completions",
        "Good day",
        system="Be brief.",
        extra={"temperature": 0},
        stream=True,
    )

    assert (asked.path, asked.body) == (
        "/v1/chat/completions",
        {
            "model": "served",
            "stream": True,
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Good day"},
            ],
            "temperature": 0,
        },
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Good day", {"prompt": "Good day"}),
        ('{"size": 1}', {"size": 1}),
        ("[1, 2]", [1, 2]),
        ("", {"prompt": ""}),
    ],
)
def test_predict_takes_json_as_it_is_and_a_text_as_a_prompt(text: str, body: object) -> None:
    assert question(model("predict"), "predict", text, extra={}, stream=True).body == body


def test_chat_stream_is_its_text_piece_by_piece() -> None:
    lines = [
        ": ping",
        "",
        delta("Good"),
        "",
        delta(" day"),
        "",
        'data: {"choices": []}',
        "",
        "data: [DONE]",
        "",
    ]

    assert list(pieces(lines, closed=True)) == ["Good", " day"]


def test_predict_stream_of_objects_is_a_line_each() -> None:
    lines = ['data: {"n": 1}', "", 'data: "word"', "", "data: plain", ""]

    assert list(pieces(lines, closed=False)) == ['{"n": 1}\n', "word", "plain"]


def test_error_in_a_stream_is_told_after_what_came_before() -> None:
    stream = pieces([delta("Good"), "", 'data: {"error": {"message": "It broke."}}', ""], closed=True)

    assert next(stream) == "Good"
    with pytest.raises(Problem, match=r"^The answer broke off: It broke\.$"):
        next(stream)


def test_stream_without_its_end_is_no_whole_answer() -> None:
    stream = pieces([delta("Good"), ""], closed=True)

    assert next(stream) == "Good"
    with pytest.raises(Problem, match="without"):
        next(stream)


@given(st.lists(st.text(st.characters(exclude_characters="\n\r"), min_size=1), max_size=5))
def test_event_of_several_lines_is_put_together(texts: list[str]) -> None:
    lines = [f"data: {text}" for text in texts]

    assert list(events([*lines, ""])) == (["\n".join(texts)] if texts else [])


@pytest.mark.parametrize(
    ("document", "read"),
    [
        ({"choices": [{"message": {"role": "assistant", "content": "Good day"}}]}, "Good day"),
        ({"choices": [{"text": " time"}]}, " time"),
        ("a string", "a string"),
        ({"output": "ä"}, '{\n  "output": "ä"\n}'),
    ],
)
def test_whole_answer_is_read(document: object, read: str) -> None:
    assert whole(json.dumps(document).encode()) == read


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            503,
            {"error": {"message": "Still loading.", "code": "model_not_ready"}},
            "HTTP 503 (model_not_ready): Still loading. `kubectl trussmodel wait` returns when it serves.",
        ),
        (422, {"error": "size is needed"}, "HTTP 422: size is needed"),
        (400, {"error": {"fields": ["size"]}}, 'HTTP 400: {"fields": ["size"]}'),
        (418, {"odd": 1}, 'HTTP 418: {"odd": 1}'),
    ],
)
def test_error_is_a_sentence(status: int, body: object, sentence: str) -> None:
    assert error(status, json.dumps(body).encode()).message == sentence


def test_error_that_is_no_json_loses_its_control_characters() -> None:
    assert error(502, b"\x1b[2Jbad\ngateway").message == "HTTP 502: [2Jbad gateway"


def test_server_that_says_when_to_come_again_is_quoted() -> None:
    assert error(429, b"{}", "7").message.endswith("Try again in 7 s.")


@given(st.binary(max_size=200))
def test_no_body_makes_an_error_fall_over(body: bytes) -> None:
    assert error(500, body).message.startswith("HTTP 500")
    assert isinstance(whole(body), str)


@pytest.mark.parametrize("status", [200, 500])
def test_answer_that_is_nested_too_deep_is_shown_as_it_came(status: int) -> None:
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    if status == 200:
        assert whole(deep) == deep.decode()
        assert list(pieces([f"data: {deep.decode()}", ""], closed=False)) == [deep.decode()]
    else:
        assert error(status, deep).message.startswith('HTTP 500: {"a":{"a":')
