"""One live server and all that is not a stream: bodies, results, errors, names and URLs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from runtime_server import RuntimeServer

MODEL = """
import dataclasses
import logging
import threading
from contextvars import ContextVar

import fastapi
import pydantic
from fastapi import HTTPException
from starlette.responses import JSONResponse

from . import beside
import beside as beside_absolute
from model.beside import WORD

logger = logging.getLogger("mine")


class In(pydantic.BaseModel):
    messages: list[str]


class Model:
    def __init__(self, config, secrets, environment):
        self.given = {"config": config, "secret": secrets["token"], "environment": environment}

    async def load(self):
        self.loaded = True

    async def predict(self, x):
        logger.info("predicting")
        what = x["do"]
        if what == "given":
            return self.given | {"loaded": self.loaded, "words": [beside.WORD, beside_absolute.WORD, WORD]}
        if what == "raise":
            raise ValueError("a prompt that nobody should see")
        if what == "exit":
            raise SystemExit(3)
        if what == "http":
            raise HTTPException(418, {"tea": "pot"}, headers={"X-Pot": "tea"})
        if what == "response":
            return JSONResponse({"own": True}, 201, headers={"X-Own": "yes", "X-Request-Id": "mine"})
        if what == "opaque":
            return {"it": object()}
        if what == "bytes":
            return bytes([0, 255])
        return x

    def chat_completions(self, x: In, request: fastapi.Request):
        return {
            "messages": x.messages,
            "thread": threading.current_thread().name,
            "user_agent": request.headers["user-agent"],
            "path": request.url.path,
        }

    async def completions(self, r: fastapi.Request):
        if r.headers.get("x-stop"):
            raise HTTPException(409, "stop", headers={"Retry-After": "9"})
        return await r.json()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    root = tmp_path_factory.mktemp("serving")
    truss = root / "my-truss"
    (truss / "model").mkdir(parents=True)
    (truss / "model/model.py").write_text(MODEL)
    (truss / "model/beside.py").write_text("WORD = 'beside'\n")
    (truss / "config.yaml").write_text("model_name: family/lab\nmodel_metadata: {a: 1, b: 2}\n")
    (root / "overlay.json").write_text('{"model_metadata": {"b": 3}}')
    (root / "secrets").mkdir()
    (root / "secrets/token").write_text("s3cret")
    flags = [f"--config={root}/overlay.json", f"--secrets-dir={root}/secrets", "--environment=staging"]
    with RuntimeServer(truss, *flags, folder=root) as started:
        yield started.ready()


def predict(http: httpx2.Client, what: str) -> httpx2.Response:
    return http.post("/predict", json={"do": what})


def test_model_is_given_config_secrets_and_environment(http: httpx2.Client) -> None:
    given = predict(http, "given").json()

    assert given == {
        "config": {"model_name": "family/lab", "model_metadata": {"a": 1, "b": 3}},
        "secret": "s3cret",
        "environment": {"name": "staging"},
        "loaded": True,
        "words": ["beside"] * 3,
    }


def test_plain_method_runs_on_a_thread_of_the_models(http: httpx2.Client) -> None:
    answer = http.post("/v1/chat/completions", json={"messages": ["hi"]}, headers={"User-Agent": "me"}).json()

    assert answer["thread"].startswith("model")
    assert (answer["messages"], answer["user_agent"]) == (["hi"], "me")


def test_method_that_takes_the_request_alone_can_read_its_body(http: httpx2.Client) -> None:
    assert http.post("/v1/completions", json={"a": 1}).json() == {"a": 1}


def test_body_is_json_whatever_its_content_type_says(http: httpx2.Client) -> None:
    answer = http.post("/predict", content=b'{"do": 1}', headers={"Content-Type": "text/plain"})

    assert answer.json() == {"do": 1}


def test_bytes_are_passed_through(http: httpx2.Client) -> None:
    answer = predict(http, "bytes")

    assert (answer.content, answer.headers["content-type"]) == (b"\0\xff", "application/octet-stream")


def test_response_of_the_models_own_is_passed_through(http: httpx2.Client) -> None:
    answer = predict(http, "response")

    assert (answer.status_code, answer.headers["x-own"], answer.json()) == (201, "yes", {"own": True})
    assert answer.headers.get_list("x-request-id") != ["mine"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"a": NaN}'])
def test_body_that_is_not_json_is_400_in_the_routes_shape(http: httpx2.Client, body: bytes) -> None:
    plain = http.post("/predict", content=body)
    chat = http.post("/v1/chat/completions", content=body)

    assert (plain.status_code, chat.status_code) == (400, 400)
    assert "not valid JSON" in plain.json()["error"]
    error = chat.json()["error"]
    assert "not valid JSON" in error.pop("message")
    assert error == {"type": "invalid_request_error", "param": None, "code": "invalid_json"}


def test_body_that_breaks_the_methods_pydantic_model_is_400_with_the_field(http: httpx2.Client) -> None:
    answer = http.post("/v1/chat/completions", json={"messages": ["a", {"secret": "prompt"}]})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "messages.1")
    assert "prompt" not in answer.text


def test_pydantic_model_of_one_method_touches_no_other(http: httpx2.Client) -> None:
    assert predict(http, "anything").json() == {"do": "anything"}


@pytest.mark.parametrize(("what", "kind"), [("raise", "ValueError"), ("exit", "SystemExit")])
def test_what_user_code_raises_is_500_with_type_and_request_id_only(
    server: RuntimeServer, http: httpx2.Client, what: str, kind: str
) -> None:
    answer = http.post("/predict", json={"do": what}, headers={"X-Request-Id": f"id-{what}"})

    assert answer.status_code == 500
    assert kind in answer.json()["error"]
    assert f"id-{what}" in answer.json()["error"]
    assert "nobody" not in answer.text
    logged = server.log(lambda line: line["request_id"] == f"id-{what}" and "exc_info" in line, "the error")
    assert kind in logged["exc_info"]


def test_result_that_json_cannot_hold_is_500_and_says_so(http: httpx2.Client) -> None:
    answer = predict(http, "opaque")

    assert answer.status_code == 500
    assert "a object cannot be sent as JSON" in answer.json()["error"]


def test_http_exception_keeps_status_detail_and_headers(http: httpx2.Client) -> None:
    plain = predict(http, "http")
    openai_shape = http.post("/v1/completions", json={}, headers={"X-Stop": "1"})

    assert (plain.status_code, plain.headers["x-pot"], plain.json()) == (
        418,
        "tea",
        {"error": {"tea": "pot"}},
    )
    assert (openai_shape.status_code, openai_shape.headers["retry-after"]) == (409, "9")
    assert openai_shape.json()["error"]["message"] == "stop"


def test_request_id_is_the_callers_own_or_a_new_one(http: httpx2.Client) -> None:
    own = http.get("/nowhere", headers={"X-Request-Id": "abc"}).headers["x-request-id"]
    made = [http.get("/readyz").headers["x-request-id"] for _ in range(2)]

    assert own == "abc"
    assert len({*made, own}) == 3


def test_request_id_that_could_forge_a_log_line_is_replaced(http: httpx2.Client) -> None:
    answer = http.get("/readyz", headers={"X-Request-Id": "a" * 200})

    assert len(answer.headers["x-request-id"]) == 32


def test_log_line_has_id_route_status_and_duration(server: RuntimeServer, http: httpx2.Client) -> None:
    http.post("/environments/staging/predict", json={"do": 1}, headers={"X-Request-Id": "logged"})

    found = server.log(lambda line: line["request_id"] == "logged" and line["logger"] == "access", "the line")
    assert (found["route"], found["status"], found["method"]) == ("/predict", 200, "POST")
    assert found["path"] == "/environments/staging/predict"
    assert found["duration_ms"] > 0


def test_log_line_of_the_users_code_has_the_request_id(server: RuntimeServer, http: httpx2.Client) -> None:
    http.post("/predict", json={"do": 1}, headers={"X-Request-Id": "mine"})

    assert server.log(lambda line: line["logger"] == "mine" and line["request_id"] == "mine", "the line")


def test_every_line_of_the_log_is_a_json_object(server: RuntimeServer, http: httpx2.Client) -> None:
    predict(http, "raise")

    written = [line for line in server.stderr.splitlines(keepends=True) if line.endswith("\n")]
    assert [type(json.loads(line)) for line in written] == [dict] * len(written)


def test_models_lists_the_one_there_is(http: httpx2.Client) -> None:
    listing = http.get("/v1/models").json()

    assert [each["id"] for each in listing["data"]] == ["family/lab"]
    assert http.get("/v1/models/family/lab").json() == listing["data"][0]


def test_openai_client_lists_and_retrieves_models(server: RuntimeServer) -> None:
    client = openai.OpenAI(base_url=f"{server.base}/v1", api_key="none", max_retries=0)

    assert client.models.retrieve("family/lab").id == client.models.list().data[0].id
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("other")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/environments/staging/predict", 200),
        ("/environments/staging/sync/predict", 200),
        ("/environments/staging/sync/v1/completions", 200),
        ("/environments/production/predict", 404),
        ("/production/predict", 404),
        ("/development/sync/v1/completions", 404),
        ("/environments/staging", 404),
        ("/environments/staging/v1/completions", 404),
        ("/environments/staging/sync/routes", 404),
    ],
)
def test_environment_in_the_url_must_be_our_own(http: httpx2.Client, path: str, status: int) -> None:
    assert http.post(path, json={"do": 1}).status_code == status


def test_models_are_listed_below_the_environments_url_too(server: RuntimeServer) -> None:
    client = openai.OpenAI(base_url=f"{server.base}/environments/staging/sync/v1", api_key="none")

    assert client.models.list().data[0].id == "family/lab"


def test_error_below_an_environments_url_has_the_shape_of_the_route(http: httpx2.Client) -> None:
    foreign = http.post("/environments/other/sync/v1/completions", json={})

    assert (foreign.status_code, foreign.json()["error"]["code"]) == (404, "environment_not_found")


def test_users_request_keeps_the_whole_url(http: httpx2.Client) -> None:
    answer = http.post("/environments/staging/sync/v1/chat/completions", json={"messages": []})

    assert answer.json()["path"] == "/environments/staging/sync/v1/chat/completions"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/predict", 405),
        ("POST", "/readyz", 405),
        ("POST", "/predict/", 404),
    ],
)
def test_error_outside_of_v1_is_plain(http: httpx2.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)

    assert answer.status_code == status
    assert isinstance(answer.json()["error"], str)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/v1/nowhere", 404), ("GET", "/v1/completions", 405), ("POST", "/v1/models", 405)],
)
def test_error_on_v1_has_openais_shape(http: httpx2.Client, method: str, path: str, status: int) -> None:
    answer = http.request(method, path)

    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("port", ["base", "admin"])
def test_routes_are_told_on_both_ports(server: RuntimeServer, port: str) -> None:
    account: dict[str, Any] = httpx2.get(getattr(server, port) + "/routes").json()

    assert account.pop("runtimeVersion").count(".") == 2
    assert account == {
        "model": "family/lab",
        "environment": "staging",
        "state": "ready",
        "routes": [
            {"kind": "predict", "method": "POST", "path": "/predict", "streaming": None},
            {"kind": "chat_completions", "method": "POST", "path": "/v1/chat/completions", "streaming": None},
            {"kind": "completions", "method": "POST", "path": "/v1/completions", "streaming": None},
        ],
        "failure": None,
    }


def test_admin_port_serves_no_model(server: RuntimeServer) -> None:
    assert httpx2.post(f"{server.admin}/predict", json={}).status_code in (404, 405)


def test_single_file_is_a_model(tmp_path: Path) -> None:
    (tmp_path / "adder.py").write_text("class Model:\n    def predict(self, x): return sum(x)\n")

    with RuntimeServer(tmp_path / "adder.py", "--model-name=sum", folder=tmp_path) as server:
        answer = httpx2.post(f"{server.ready().base}/predict", json=[1, 2])
        missing = httpx2.post(f"{server.base}/v1/chat/completions", json={})

    assert answer.json() == 3
    assert missing.status_code == 404
    assert "define `chat_completions`" in missing.json()["error"]["message"]
