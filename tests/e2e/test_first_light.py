"""One apply, one answering model: the main job, as a user of the cluster sees it."""

import json
from collections.abc import Callable, Iterator

import httpx2
import openai
import pytest

from cluster import Kubectl


@pytest.fixture(scope="module")
def echo(kubectl: Kubectl, example: Callable[[str], str]) -> Iterator[str]:
    """The base URL of the example `echo`, through its Service."""
    name = example("echo")
    with kubectl.port_forward(f"service/{name}") as base:
        yield base


@pytest.fixture(scope="module")
def completions(kubectl: Kubectl, example: Callable[[str], str]) -> Iterator[str]:
    """The base URL of the example `completions`, through its Service."""
    name = example("completions")
    with kubectl.port_forward(f"service/{name}") as base:
        yield base


def client(base: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{base}/v1", api_key="none")


def test_status_lists_exactly_the_routes_that_the_class_implements(
    kubectl: Kubectl, example: Callable[[str], str]
) -> None:
    served = {
        name: kubectl.get("trussmodel", example(name))["status"]["routes"] for name in ("echo", "completions")
    }

    assert {name: [(each["method"], each["path"]) for each in routes] for name, routes in served.items()} == {
        "echo": [("POST", "/predict"), ("POST", "/v1/chat/completions")],
        "completions": [("POST", "/v1/completions")],
    }


def test_status_names_the_urls_to_use(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    status = kubectl.get("trussmodel", example("echo"))["status"]

    host = f"http://echo.{kubectl.namespace}.svc"
    assert (status["url"], status["openaiBaseURL"]) == (host, f"{host}/v1")


def test_openai_client_gets_an_answer(echo: str) -> None:
    answer = client(echo).chat.completions.create(
        model="echo", messages=[{"role": "user", "content": "marzipan"}]
    )

    assert "marzipan" in (answer.choices[0].message.content or "")


def test_openai_client_gets_a_stream_in_several_chunks(echo: str) -> None:
    chunks = list(
        client(echo).chat.completions.create(
            model="echo", messages=[{"role": "user", "content": "one two three four"}], stream=True
        )
    )

    text = [
        chunk.choices[0].delta.content for chunk in chunks if chunk.choices and chunk.choices[0].delta.content
    ]
    assert len(text) > 1
    assert "one two three four" in "".join(text)


def test_openai_client_completes_text_with_a_model_that_has_no_predict(completions: str) -> None:
    answer = client(completions).completions.create(model="completions", prompt="marzipan")

    assert answer.object == "text_completion"
    assert answer.choices[0].text


def test_predict_answers_plain_json(echo: str) -> None:
    answer = httpx2.post(f"{echo}/predict", json={"prompt": "marzipan"})

    assert answer.status_code == 200
    assert "marzipan" in json.dumps(answer.json())


def test_environment_url_answers_the_own_environment(echo: str) -> None:
    body = {"messages": [{"role": "user", "content": "marzipan"}]}

    answer = httpx2.post(f"{echo}/environments/production/sync/v1/chat/completions", json=body)

    assert answer.status_code == 200
    assert "marzipan" in answer.json()["choices"][0]["message"]["content"]


def test_environment_url_of_another_environment_is_404(echo: str) -> None:
    answer = httpx2.post(f"{echo}/environments/staging/predict", json={})

    assert answer.status_code == 404


def test_route_that_the_model_lacks_names_the_method_to_define(completions: str) -> None:
    with pytest.raises(openai.NotFoundError, match="chat_completions"):
        client(completions).chat.completions.create(model="completions", messages=[])


def test_models_are_listed_by_their_served_name(echo: str) -> None:
    assert [model.id for model in client(echo).models.list()] == ["echo"]
