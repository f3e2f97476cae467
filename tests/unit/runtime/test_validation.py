"""What is checked of a body only where a setting asks for it."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from runtime_server import RuntimeServer

MODEL = """
class Model:
    async def _echo(self, x):
        return x

    predict = chat_completions = completions = embeddings = responses = messages = _echo
"""

GOOD: dict[str, Any] = {
    "chat/completions": {"messages": [{"role": "user", "content": "hi"}], "own_field": {"a": 1}},
    "completions": {"prompt": "hi", "model": "m", "temperature": 1},
    "embeddings": {"input": ["a"]},
    "responses": {"input": [{"role": "user", "content": "hi"}]},
    "messages": {"max_tokens": 1, "messages": [{"role": "user", "content": [{"type": "text"}]}]},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("validation")
    (folder / "model.py").write_text(MODEL)
    return folder


@pytest.fixture(scope="module")
def strict(folder: Any) -> Iterator[httpx2.Client]:
    flags = ["--validate", "--strict-model-name", "--model-name=m"]
    with (
        RuntimeServer(folder, *flags, folder=folder) as server,
        httpx2.Client(base_url=server.ready().base) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def lenient(folder: Any) -> Iterator[httpx2.Client]:
    with (
        RuntimeServer(folder, folder=folder) as server,
        httpx2.Client(base_url=server.ready().base) as client,
    ):
        yield client


@pytest.mark.parametrize("path", GOOD)
def test_good_body_reaches_the_method_as_it_came(strict: httpx2.Client, path: str) -> None:
    answer = strict.post(f"/v1/{path}", json=GOOD[path])

    assert (answer.status_code, answer.json()) == (200, GOOD[path])


@pytest.mark.parametrize(
    ("path", "change", "param"),
    [
        ("chat/completions", {"messages": ...}, "messages"),
        ("chat/completions", {"messages": "hi"}, "messages"),
        ("chat/completions", {"messages": [{"content": "hi"}]}, "messages.0.role"),
        ("chat/completions", {"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ("chat/completions", {"temperature": "hot"}, "temperature"),
        ("chat/completions", {"stream": "yes"}, "stream"),
        ("completions", {"prompt": ...}, "prompt"),
        ("completions", {"prompt": [1, "a"]}, "prompt"),
        ("embeddings", {"encoding_format": "hex"}, "encoding_format"),
        ("responses", {"input": 5}, "input"),
    ],
)
def test_missing_or_mistyped_field_is_400_with_its_name(
    strict: httpx2.Client, path: str, change: dict[str, Any], param: str
) -> None:
    body = {name: value for name, value in (GOOD[path] | change).items() if value is not ...}

    answer = strict.post(f"/v1/{path}", json=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["param"] == param


def test_mistake_on_messages_is_told_in_anthropics_shape(strict: httpx2.Client) -> None:
    answer = strict.post("/v1/messages", json={"messages": []})

    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "type": "invalid_request_error",
        "message": "max_tokens: Field required",
    }


@pytest.mark.parametrize("body", [[], "text", None, 5])
def test_body_that_is_no_object_is_400(strict: httpx2.Client, body: Any) -> None:
    assert strict.post("/v1/chat/completions", json=body).status_code == 400


def test_body_of_predict_is_the_models_own_affair(strict: httpx2.Client) -> None:
    assert strict.post("/predict", json={"model": "other"}).json() == {"model": "other"}


def test_name_of_another_model_is_404_where_names_are_strict(strict: httpx2.Client) -> None:
    answer = strict.post("/v1/chat/completions", json=GOOD["chat/completions"] | {"model": "other"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    assert answer.json()["error"]["param"] == "model"


def test_any_body_passes_by_default(lenient: httpx2.Client) -> None:
    body = {"model": "other", "messages": 5}

    assert lenient.post("/v1/chat/completions", json=body).json() == body
    assert lenient.post("/v1/chat/completions", json=[]).json() == []
