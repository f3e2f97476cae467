"""API keys, and pages that call from a browser."""

from collections.abc import Iterator
from pathlib import Path

import anthropic
import httpx2
import openai
import pytest

from runtime_server import RuntimeServer, until
from truss_runtime.web.keys import KeyFolder

MODEL = """
class Model:
    async def predict(self, x): return x
    async def chat_completions(self, x): return x
    async def messages(self, x): return {"type": "message", "content": []}
"""

ORIGIN = "https://shop.example"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    (folder / "one").write_text("first-key\n")
    (folder / "two").write_text("second-key")
    (folder / ".hidden").write_text("no-key")
    (folder / "empty").write_text("\n")
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "model.py").write_text(MODEL)
    flags = [f"--api-keys-dir={keys}", f"--cors-origins={ORIGIN}, https://two.example"]
    with RuntimeServer(folder, *flags, folder=folder) as started:
        yield started.ready()


def status(server: RuntimeServer, header: str | None, path: str = "/predict") -> int:
    headers = {} if header is None else {"Authorization": header}
    return httpx2.post(f"{server.base}{path}", json={}, headers=headers).status_code


@pytest.mark.parametrize("header", ["Bearer first-key", "bearer second-key", "Api-Key first-key"])
def test_request_with_any_of_the_keys_is_answered(server: RuntimeServer, header: str) -> None:
    assert status(server, header) == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Bearer no-key", "Basic first-key", "first-key"]
)
def test_request_without_a_key_is_refused(server: RuntimeServer, header: str | None) -> None:
    assert status(server, header) == 401


def test_refusal_has_the_shape_of_the_route(server: RuntimeServer) -> None:
    with (
        openai.OpenAI(base_url=f"{server.base}/v1", api_key="wrong") as client,
        pytest.raises(openai.AuthenticationError) as by_openai,
    ):
        client.chat.completions.create(model="m", messages=[])
    with (
        anthropic.Anthropic(base_url=server.base, api_key="wrong") as other,
        pytest.raises(anthropic.AuthenticationError) as by_anthropic,
    ):
        other.messages.create(model="m", messages=[], max_tokens=1)
    plain = httpx2.post(f"{server.base}/predict", json={})

    assert (by_openai.value.code, by_openai.value.type) == ("invalid_api_key", "authentication_error")
    assert by_anthropic.value.body["error"]["type"] == "authentication_error"  # type: ignore[index]  # any JSON
    assert isinstance(plain.json()["error"], str)
    assert plain.headers["www-authenticate"] == "Bearer"


def test_anthropics_client_is_let_in(server: RuntimeServer) -> None:
    with anthropic.Anthropic(base_url=server.base, api_key="second-key") as client:
        assert client.messages.create(model="m", messages=[], max_tokens=1).content == []


@pytest.mark.parametrize("path", ["/routes", "/v1/models", "/nowhere", "/production/predict"])
def test_everything_on_the_main_port_needs_a_key_but_probes(server: RuntimeServer, path: str) -> None:
    assert httpx2.get(f"{server.base}{path}").status_code == 401
    assert httpx2.get(f"{server.base}/livez").status_code == 200
    assert httpx2.get(f"{server.base}/readyz").status_code == 200


def test_admin_port_needs_none(server: RuntimeServer) -> None:
    assert httpx2.get(f"{server.admin}/routes").status_code == 200


def test_keys_never_reach_the_log(server: RuntimeServer) -> None:
    status(server, "Bearer first-key")
    status(server, "Bearer wrong-key-sent")

    assert "first-key" not in server.stderr
    assert "wrong-key-sent" not in server.stderr


def test_rotated_key_counts_without_a_restart(server: RuntimeServer, keys: Path) -> None:
    (keys / "three").write_text("third-key")
    until(lambda: status(server, "Bearer third-key") == 200 or None, "the new key")

    (keys / "three").unlink()
    until(lambda: status(server, "Bearer third-key") == 401 or None, "the end of the key")


def test_folder_without_keys_lets_nobody_in(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        assert not KeyFolder(folder, lambda: 0.0).accepts(b"")


def test_browser_may_ask_before_it_has_a_key(server: RuntimeServer) -> None:
    asking = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = httpx2.options(f"{server.base}/v1/chat/completions", headers=asking)

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize("header", ["Bearer first-key", "Bearer wrong"])
def test_page_of_an_allowed_origin_may_read_answers_and_refusals(server: RuntimeServer, header: str) -> None:
    headers = {"Origin": ORIGIN, "Authorization": header}
    answer = httpx2.post(f"{server.base}/v1/chat/completions", json={}, headers=headers)

    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-Id" in answer.headers["access-control-expose-headers"]


def test_page_of_another_origin_may_not(server: RuntimeServer) -> None:
    headers = {"Origin": "https://evil.example", "Authorization": "Bearer first-key"}
    answer = httpx2.post(f"{server.base}/v1/chat/completions", json={}, headers=headers)

    assert "access-control-allow-origin" not in answer.headers
