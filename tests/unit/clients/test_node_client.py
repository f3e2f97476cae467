"""OpenAI's official client for Node.js against a live server."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.timeout(300)  # the first run installs the client


@pytest.fixture(scope="module")
def found(base_url: str) -> dict[str, Any]:
    """What the program saw."""
    script = ROOT / "hack/tools/openai-node.sh"
    install = subprocess.run([script], stdout=subprocess.PIPE, text=True, check=False)
    if install.returncode:
        pytest.fail(f"{script} failed: what it says above is what to do")
    run = subprocess.run(
        ["node", Path(__file__).parent / "chat.mjs", base_url],
        env={**os.environ, "NODE_MODULES": install.stdout.strip()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    seen: dict[str, Any] = json.loads(run.stdout)
    return seen


def test_node_client_chats(found: dict[str, Any]) -> None:
    assert found["chat"] == "hello there"


def test_node_client_streams(found: dict[str, Any]) -> None:
    assert found["stream"].strip() == "hello there"


def test_node_client_knows_a_refusal_by_its_status(found: dict[str, Any]) -> None:
    assert found["refused"] == {"api": True, "status": 429, "message": "429 come back later"}


def test_node_client_sees_that_a_stream_was_cut(found: dict[str, Any]) -> None:
    assert found["cut"]["api"]
    assert "raised ValueError" in found["cut"]["message"]
    assert found["beforeCut"] == "hello cut "
