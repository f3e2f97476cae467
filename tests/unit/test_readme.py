"""What the README shows is what a reader gets."""

import re
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import openai
import pytest
import yaml

from ports import free_port

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def block(language: str, containing: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = (each for each in blocks if containing in each)
    return str(found)


def test_resource_of_the_readme_is_the_example() -> None:
    example = yaml.safe_load((ROOT / "examples/echo/trussmodel.yaml").read_text())

    assert yaml.safe_load(block("yaml", "kind: TrussModel")) == example


def test_dockerfile_of_the_readme_is_the_example() -> None:
    assert block("dockerfile", "FROM") == (ROOT / "examples/echo/Dockerfile").read_text()


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#]+)\)", README))
def test_link_of_the_readme_leads_somewhere(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z][a-z-]*)", README))))
def test_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_model_of_the_readme_answers(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(block("python", "class Model"))
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "truss_runtime",
        "serve",
        str(tmp_path),
        "--host=127.0.0.1",
        f"--port={port}",
    ]
    with subprocess.Popen(command) as server:
        try:
            base = f"http://127.0.0.1:{port}"
            with httpx2.Client(base_url=base, transport=httpx2.HTTPTransport(retries=3)) as client:
                await_ready(client)
                asked = client.post("/predict", content=re.findall(r"curl .*-d '(.*)'", README)[0])
            chat = openai.OpenAI(base_url=f"{base}/v1", api_key="none").chat.completions.create(
                model="greeter", messages=[{"role": "user", "content": "Ada"}]
            )
        finally:
            server.terminate()

    assert asked.json() == {"text": "Hello, Ada!"}
    assert chat.choices[0].message.content == "Hello, Ada!"


def await_ready(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if client.get("/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, "the server did not become ready"
        time.sleep(0.05)
