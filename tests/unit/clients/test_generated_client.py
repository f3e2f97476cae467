"""A client that openapi-python-client generates from the document of a server with API keys."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import httpx2
import pytest

from runtime_server import RuntimeServer

MODEL = """
import pydantic


class In(pydantic.BaseModel):
    number: int


class Out(pydantic.BaseModel):
    twice: int


class Model:
    async def predict(self, x: In) -> Out: return Out(twice=2 * x.number)

    async def chat_completions(self, x):
        message = {"role": "assistant", "content": x["messages"][0]["content"]}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}

    async def completions(self, x): ...
    async def embeddings(self, x): ...
    async def responses(self, x): ...
    async def messages(self, x): ...
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("keyed")
    (folder / "model.py").write_text(MODEL)
    (folder / "keys").mkdir()
    (folder / "keys" / "one").write_text("right")
    with RuntimeServer(folder, f"--api-keys-dir={folder / 'keys'}", folder=folder) as started:
        yield started.ready()


@pytest.fixture(scope="module")
def generated(server: RuntimeServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("generated")
    document = httpx2.get(f"{server.base}/openapi.json", headers={"X-Api-Key": "right"}).json()
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "settings.yaml").write_text("post_hooks: []")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta=none"]
    command += ["--path=openapi.json", "--config=settings.yaml", "--output-path=keyed_client"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module("keyed_client")
    sys.path.remove(str(folder))


def test_generated_client_brings_the_key_and_knows_the_models(
    server: RuntimeServer, generated: ModuleType
) -> None:
    predict = importlib.import_module("keyed_client.api.default.predict")
    models = importlib.import_module("keyed_client.models")

    with generated.AuthenticatedClient(server.base, token="right") as client:
        assert predict.sync(client=client, body=models.In(number=4)) == models.Out(twice=8)


def test_generated_client_reads_a_chat(server: RuntimeServer, generated: ModuleType) -> None:
    chat = importlib.import_module("keyed_client.api.default.chat_completions")
    models = importlib.import_module("keyed_client.models")
    body = models.ChatCompletionRequest.from_dict({"messages": [{"role": "user", "content": "hi"}]})

    with generated.AuthenticatedClient(server.base, token="right") as client:
        answer = chat.sync(client=client, body=body)

    assert answer.choices[0].message.content == "hi"


def test_generated_client_reads_the_refusal_of_a_wrong_key(
    server: RuntimeServer, generated: ModuleType
) -> None:
    predict = importlib.import_module("keyed_client.api.default.predict")
    models = importlib.import_module("keyed_client.models")

    with generated.AuthenticatedClient(server.base, token="wrong") as client:
        answer = predict.sync_detailed(client=client, body=models.In(number=4))

    assert answer.status_code == 401
    assert isinstance(answer.parsed, models.Error)


def test_probes_need_no_key_in_the_document(server: RuntimeServer, generated: ModuleType) -> None:
    readyz = importlib.import_module("keyed_client.api.default.readyz")

    with generated.Client(server.base) as client:
        assert readyz.sync(client=client).state == "ready"
