"""What the documentation shows is what a reader gets: models are served, commands print what they promise."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import openai
import pytest

from pages import ROOT, Step, blocks, name_of, pages, steps
from runtime_server import RuntimeServer

DESK = "localhost:8080"


def asked_at_the_desk(page: Path) -> list[Step]:
    """The commands of a page that ask the server at its port."""
    found = [step for block in blocks(page, "console") for step in steps(block)]
    return [step for step in found if step.command.startswith("curl") and DESK in step.command]


def shown_model(page: Path) -> str:
    (model,) = (block for block in blocks(page, "python") if "class Model" in block)
    return model


def promising(page: Path) -> bool:
    return page.parent.name == "guides" and bool(asked_at_the_desk(page))


@pytest.mark.parametrize("page", [page for page in pages() if promising(page)], ids=name_of)
def test_commands_of_a_guide_print_what_it_promises(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"  # by which a guide calls it
    folder.mkdir()
    (folder / "model.py").write_text(shown_model(page))

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


def test_model_in_front_of_another_server_passes_calls_on(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(shown_model(ROOT / "docs/guides/other-servers.md"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    echo = ROOT / "examples/echo"
    variables = {
        "BACKEND_COMMAND": f"{sys.executable} -m truss_runtime serve {echo} --host=127.0.0.1 --port={port}",
        "BACKEND_URL": f"http://127.0.0.1:{port}",
    }
    said: list[openai.types.chat.ChatCompletionMessageParam] = [{"role": "user", "content": "who is there?"}]

    with RuntimeServer(tmp_path, folder=tmp_path, variables=variables) as server:
        client = openai.OpenAI(base_url=f"{server.ready().base}/v1", api_key="none")
        whole = client.chat.completions.create(model="echo", messages=said)
        chunks = list(client.chat.completions.create(model="echo", messages=said, stream=True))

    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert whole.choices[0].message.content == "You said: who is there?"
    assert streamed.strip() == "You said: who is there?"


def test_backend_that_ends_is_the_failure_of_the_model(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(shown_model(ROOT / "docs/guides/other-servers.md"))

    with RuntimeServer(tmp_path, folder=tmp_path, variables={"BACKEND_COMMAND": "false"}) as server:
        assert server.wait() == 1
        report = server.report()

    assert report["reason"] == "LoadFailed"
    assert "the server ended with exit code 1" in report["message"]
