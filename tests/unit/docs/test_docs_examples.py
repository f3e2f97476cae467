"""What the documentation shows is what a reader gets: models are served, commands print what they promise."""

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import openai
import pytest

from pages import ROOT, Step, blocks, name_of, pages, steps
from runtime_server import RuntimeServer, until

DESK = "localhost:8080"


def asked_at_the_desk(page: Path) -> list[Step]:
    """The commands of a page that ask the server at its port."""
    found = [step for block in blocks(page, "console") for step in steps(block)]
    return [step for step in found if step.command.startswith("curl") and DESK in step.command]


def shown_model(page: Path) -> str:
    (model,) = (block for block in blocks(page, "python") if "class Model" in block)
    return model


def folder_of(page: Path, above: Path) -> Path:
    """The folder of a guide, by the name that it has there, with the model that is shown."""
    folder = above / "translator"
    folder.mkdir()
    (folder / "model.py").write_text(shown_model(page))
    return folder


def promising(page: Path) -> bool:
    return page.parent.name == "guides" and bool(asked_at_the_desk(page))


@pytest.mark.parametrize("page", [page for page in pages() if promising(page)], ids=name_of)
def test_commands_of_a_guide_print_what_it_promises(page: Path, tmp_path: Path) -> None:
    folder = folder_of(page, tmp_path)

    with RuntimeServer(folder, folder=tmp_path) as server:
        base = server.ready().base.removeprefix("http://")
        for step in asked_at_the_desk(page):
            command = step.command.replace(DESK, base)
            step.check(subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout)


def test_secret_of_the_guide_reaches_the_model(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(shown_model(ROOT / "docs/guides/secrets-and-keys.md"))

    with RuntimeServer(tmp_path, folder=tmp_path, variables={"TRUSS_SECRET_hf_token": "x"}) as server:
        asked = httpx2.post(f"{server.ready().base}/predict", json={})

    assert asked.json() == {"signed_in": True}


VLLM = """
import argparse
import os
import sys

parser = argparse.ArgumentParser()
parser.add_argument("action", choices=["serve"])
parser.add_argument("weights")
parser.add_argument("--served-model-name")
parser.add_argument("--host", required=True)
parser.add_argument("--port", required=True)
asked = parser.parse_args()
name = asked.served_model_name or asked.weights  # as vLLM does
command = [sys.executable, "-m", "truss_runtime", "serve", os.environ["BACKEND_MODEL"], "--strict-model-name"]
command += [f"--model-name={name}", f"--host={asked.host}", f"--port={asked.port}"]
command += ["--termination-log=/dev/null"]
os.execv(sys.executable, command)
"""
"""A server with vLLM's command line that knows one model by its name alone, as vLLM does."""

REFUSING = """
from fastapi import HTTPException


class Model:
    async def chat_completions(self, model_input):
        raise HTTPException(model_input["status"], "so it is", {"Retry-After": "7"})
"""


@contextlib.contextmanager
def in_front_of(backend: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """The guide's Model before a server: where the runtime and where that server is."""
    command = folder / "bin/vllm"
    command.parent.mkdir()
    command.write_text(f"#!{sys.executable}\n{VLLM}")
    command.chmod(0o755)
    (folder / "model.py").write_text(shown_model(ROOT / "docs/guides/other-servers.md"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        "BACKEND_PORT": str(port),
        "BACKEND_MODEL": str(backend),
        "TRUSS_MODEL_NAME": "llama",
    }
    with RuntimeServer(folder, folder=folder, variables=variables) as server:
        before, behind = server.base, f"http://127.0.0.1:{port}"
        until(lambda: httpx2.get(f"{before}/readyz").is_success or None, "the runtime")
        # vLLM opens its port when it is ready, this one before.
        until(lambda: httpx2.get(f"{behind}/readyz").is_success or None, "the server behind")
        yield before, behind


SAID: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "who is there?"}]


def test_model_in_front_of_another_server_passes_calls_on(tmp_path: Path) -> None:
    with in_front_of(ROOT / "examples/echo", tmp_path) as (base, _):
        client = openai.OpenAI(base_url=f"{base}/v1", api_key="none")
        [listed] = client.models.list()
        whole = client.chat.completions.create(model=listed.id, messages=SAID)
        chunks = list(client.chat.completions.create(model=listed.id, messages=SAID, stream=True))

    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert whole.choices[0].message.content == "You said: who is there?"
    assert streamed.strip() == "You said: who is there?"


def test_refusals_of_the_server_behind_reach_the_client_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend/model.py").write_text(REFUSING)
    asked = [
        {"model": model, "messages": SAID, "status": status, "stream": stream}
        for model, status in [("llama", 400), ("llama", 429), ("llama", 503), ("another", 404)]
        for stream in (False, True)
    ]

    with in_front_of(tmp_path / "backend", tmp_path) as places:
        passed, direct = (
            [httpx2.post(f"{place}/v1/chat/completions", json=body) for body in asked] for place in places
        )

    assert [answer.status_code for answer in passed] == [body["status"] for body in asked]
    for found, meant in zip(passed, direct, strict=True):
        assert found.json() == meant.json()
        assert found.headers.get("retry-after") == meant.headers.get("retry-after")
    assert passed[2].headers["retry-after"] == "7"


def test_backend_that_ends_is_the_failure_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(shown_model(ROOT / "docs/guides/other-servers.md"))
    (tmp_path / "vllm").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "vllm").chmod(0o755)
    variables = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    with RuntimeServer(tmp_path, folder=tmp_path, variables=variables) as server:
        assert server.wait() == 1
        report = server.report()

    assert report["reason"] == "LoadFailed"
    assert "the server ended with exit code 1" in report["message"]
