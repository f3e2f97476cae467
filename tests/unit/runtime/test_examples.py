"""Each example answers the official client as its README says."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest
import yaml

from runtime_server import RuntimeServer

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/trussmodel.yaml"))


def example(name: str, folder: Path) -> RuntimeServer:
    return RuntimeServer(ROOT / "examples" / name, folder=folder)


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with example("echo", tmp_path_factory.mktemp("echo")) as server:
        yield server.ready().base


@pytest.fixture(scope="module")
def completions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with example("completions", tmp_path_factory.mktemp("completions")) as server:
        yield server.ready().base


def client(base: str, prefix: str = "") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{base}{prefix}/v1", api_key="none", max_retries=0)


def test_echo_predicts(echo: str) -> None:
    assert httpx2.post(f"{echo}/predict", json={"prompt": "hello"}).json() == {"output": "You said: hello"}


@pytest.mark.parametrize("prefix", ["", "/environments/production/sync", "/production/sync"])
def test_echo_chats(echo: str, prefix: str) -> None:
    answer = client(echo, prefix).chat.completions.create(
        model="echo", messages=[{"role": "user", "content": "hello"}]
    )

    assert answer.object == "chat.completion"
    assert answer.choices[0].message.content == "You said: hello"
    assert answer.usage is not None


def test_echo_streams_its_chat(echo: str) -> None:
    stream = client(echo).chat.completions.create(
        model="echo", messages=[{"role": "user", "content": "hello there"}], stream=True
    )

    chunks = list(stream)

    assert len(chunks) > 3
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks).strip() == "You said: hello there"
    )
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_completions_completes(completions: str) -> None:
    answer = client(completions).completions.create(model="completions", prompt="Once upon a")

    assert (answer.object, answer.choices[0].text) == ("text_completion", " time")


def test_completions_has_no_predict_and_says_what_to_define(completions: str) -> None:
    answer = httpx2.post(f"{completions}/predict", json={})

    assert answer.status_code == 404
    assert "define `predict`" in answer.json()["error"]


def test_completions_has_no_chat_and_tells_the_client(completions: str) -> None:
    with pytest.raises(openai.NotFoundError, match="define `chat_completions`"):
        client(completions).chat.completions.create(model="completions", messages=[])


@pytest.mark.parametrize("name", EXAMPLES)
def test_resource_of_an_example_names_the_image_that_its_readme_builds(name: str) -> None:
    folder = ROOT / "examples" / name
    text = (folder / "trussmodel.yaml").read_text()

    assert len(text.splitlines()) == 6
    (built,) = re.findall(r"docker build -t (\S+)", (folder / "README.md").read_text())
    assert built == yaml.safe_load(text)["spec"]["image"]
    assert len((folder / "Dockerfile").read_text().splitlines()) == 3
