"""Of what the environment says about proxies, as every client of the API server heeds it."""

import json
from pathlib import Path

import pytest

from truss_operator.kube.credentials import Credentials

pytestmark = pytest.mark.asyncio


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    for name in ("HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "it",
        "clusters": [{"name": "it", "cluster": {"server": "https://api.example.com:6443"}}],
        "users": [{"name": "it", "user": {"token": "secret"}}],
        "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    return Credentials(str(path))


async def test_proxy_of_the_environment_is_used(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert (await credentials.access()).proxy_url == "http://proxy.example.com:3128"


async def test_no_proxy_is_heeded(credentials: Credentials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", ".example.com")
    assert (await credentials.access()).proxy_url is None


async def test_without_a_proxy_none_is_used(credentials: Credentials) -> None:
    assert (await credentials.access()).proxy_url is None
