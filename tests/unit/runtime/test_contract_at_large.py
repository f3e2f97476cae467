"""Odds and ends of the contract that every route keeps, and of models that do more than define methods."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from runtime_server import RuntimeServer, until
from truss_runtime.kinds import KINDS, Dialect, Kind
from truss_runtime.web.body import most_bytes
from truss_runtime.web.errors import ApiError
from truss_runtime.web.keys import KeyFolder

MODEL = """
import ctypes
import signal
import subprocess
import sys

from fastapi import HTTPException


def die_with_the_thread_that_started_it():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Model:
    def __init__(self):
        self.healthy = True
        self.completions = lambda x: {"set in": "__init__"}

    def load(self):
        self.child = subprocess.Popen(
            [sys.executable, "-uc", "import sys; print(); [print(line.strip() * 2) for line in sys.stdin]"],
            preexec_fn=die_with_the_thread_that_started_it,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.child.stdout.readline()

    async def is_healthy(self):
        return self.healthy

    def predict(self, x):
        self.child.stdin.write(x["say"] + "\\n")
        self.child.stdin.flush()
        return {"said": self.child.stdout.readline().strip(), "ended": self.child.poll()}

    async def chat_completions(self, x, request, *, more=1, **rest):
        if "status" in x:
            raise HTTPException(x["status"], "as you wish")
        return {"model": x.get("model"), "more": more, "rest": rest}

    async def embeddings(self, x):
        self.healthy = x["healthy"]

    async def responses(self, x): return x
    async def messages(self, x): return x
    async def websocket(self, ws): ...
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("large")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--max-body-bytes=1000", folder=folder) as started:
        yield started.ready()


def test_child_process_that_load_starts_lives_on(http: httpx2.Client) -> None:
    answers = [http.post("/predict", json={"say": word}).json() for word in ("a", "b")]

    assert answers == [{"said": "aa", "ended": None}, {"said": "bb", "ended": None}]


def test_method_that_the_constructor_sets_is_served(http: httpx2.Client) -> None:
    assert http.post("/v1/completions", json={}).json() == {"set in": "__init__"}


def test_parameters_with_defaults_are_left_alone_and_any_models_name_passes(http: httpx2.Client) -> None:
    answer = http.post("/v1/chat/completions", json={"model": "another"})

    assert answer.json() == {"model": "another", "more": 1, "rest": {}}


def test_health_that_is_asked_asynchronously_is_awaited(server: RuntimeServer, http: httpx2.Client) -> None:
    def state() -> str:
        return str(httpx2.get(f"{server.admin}/readyz").json()["state"])

    http.post("/v1/embeddings", json={"healthy": False})
    until(lambda: state() == "unhealthy" or None, "unhealthy")
    http.post("/v1/embeddings", json={"healthy": True})
    until(lambda: state() == "ready" or None, "ready")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        *((kind.path, {"POST"}) for kind in KINDS),
        ("/v1/models/any:predict", {"POST"}),
        ("/environments/production/sync/v1/messages", {"POST"}),
        *(
            (path, {"GET", "HEAD"})
            for path in (
                "/v1/models",
                "/v1/models/large0",
                "/v1/websocket",
                "/livez",
                "/readyz",
                "/routes",
                "/metrics",
                "/openapi.json",
                "/docs",
            )
        ),
    ],
)
def test_other_method_is_405_and_told_which_are_allowed(
    http: httpx2.Client, path: str, allowed: set[str]
) -> None:
    answer = http.delete(path)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert "error" in answer.json()


def test_plain_request_for_the_websocket_is_told_to_open_one(http: httpx2.Client) -> None:
    answer = http.get("/v1/websocket")

    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert answer.json()["error"]["code"] == "websocket_only"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/chat/completions", b"{", 400),
        ("POST", "/v1/chat/completions", b'{"status": 403}', 403),
        ("GET", "/nowhere", b"", 404),
        ("GET", "/environments/other/predict", b"", 404),
        ("GET", "/predict", b"", 405),
        ("POST", "/predict", b" " * 1001, 413),
        ("POST", "/predict", b"{}", 500),
    ],
)
def test_every_refusal_carries_the_requests_id(
    http: httpx2.Client, method: str, path: str, body: bytes, status: int
) -> None:
    answer = http.request(method, path, content=body, headers={"X-Request-Id": f"told-{status}"})

    assert (answer.status_code, answer.headers["x-request-id"]) == (status, f"told-{status}")


@pytest.mark.parametrize(
    ("status", "openai_type", "anthropic_type"),
    [
        (400, "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "authentication_error"),
        (403, "permission_error", "permission_error"),
        (404, "invalid_request_error", "not_found_error"),
        (413, "invalid_request_error", "request_too_large"),
        (429, "rate_limit_error", "rate_limit_error"),
        (500, "server_error", "api_error"),
        (503, "server_error", "api_error"),
        (504, "server_error", "timeout_error"),
    ],
)
def test_type_of_an_error_is_the_one_that_each_api_has_for_its_status(
    status: int, openai_type: str, anthropic_type: str
) -> None:
    error = ApiError(status, "m")

    assert json.loads(error.encoded(Dialect.OPENAI))["error"]["type"] == openai_type
    assert json.loads(error.encoded(Dialect.ANTHROPIC))["error"]["type"] == anthropic_type


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_body_may_have_100_mib_on_predict_and_16_elsewhere_unless_told_otherwise(kind: Kind) -> None:
    assert most_bytes(kind, None) == (100 if kind.name == "predict" else 16) * 2**20
    assert most_bytes(kind, 5) == 5


def test_keys_are_read_from_a_secret_as_kubernetes_mounts_and_rotates_it(tmp_path: Path) -> None:
    now = 0.0
    for version, key in (("..1", "old"), ("..2", "new")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "key").write_text(key)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "key").symlink_to("..data/key")
    keys = KeyFolder(tmp_path, lambda: now)
    assert (keys.accepts(b"old"), keys.accepts(b"new")) == (True, False)

    (tmp_path / "..next").symlink_to("..2")
    (tmp_path / "..next").rename(tmp_path / "..data")
    now = 2.0

    assert (keys.accepts(b"old"), keys.accepts(b"new")) == (False, True)
