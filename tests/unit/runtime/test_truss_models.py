"""Models that use the rest of Truss's contract: what runs around predict, and what config.yaml says."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from runtime_server import RuntimeServer, until

Start = Callable[..., RuntimeServer]
Write = Callable[..., Path]

MODEL = """
import os
import threading

import outside
import packed
import pydantic
from starlette.responses import JSONResponse

AT_IMPORT = {name: os.environ.get(name) for name in ("GREETING", "FLAG", "GIVEN")}


class In(pydantic.BaseModel):
    number: int


class Predictor:
    def __init__(self, config, secrets, environment):
        self.seen = {"at_import": AT_IMPORT, "init": environment, "calls": []}
        self.secrets = {name: secrets[name] for name in ("mounted", "variable", "declared")}
        self.healthy = True

    def setup_environment(self, environment):
        self.seen["calls"].append(environment)

    async def load(self):
        self.seen["calls"].append("load")

    def is_healthy(self):
        return self.healthy

    def preprocess(self, x: In):
        return [x.number, threading.current_thread().name.startswith("model")]

    async def predict(self, steps, request):
        steps.append(request.headers.get("x-what"))
        if steps[-1] == "response":
            return JSONResponse({})
        return (step for step in steps) if steps[-1] == "stream" else steps

    def postprocess(self, steps):
        return {"steps": steps}

    async def chat_completions(self, x):
        if "healthy" in x:
            self.healthy = x["healthy"]
        return x

    def completions(self):
        packages = [outside.NAME, packed.NAME]
        return self.seen | {"secrets": self.secrets, "packages": packages}
"""

CONFIG = """
model_class_name: Predictor
model_class_filename: predictor.py
model_module_dir: code
bundled_packages_dir: bundle
external_package_dirs: [../shared]
environment_variables: {GREETING: hello, FLAG: true, GIVEN: config}
secrets: {declared: default, variable: overridden, mounted: overridden}
runtime: {predict_concurrency: 4, streaming_read_timeout: 30, transport: {kind: http}}
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("truss")
    files = {
        "truss/code/predictor.py": MODEL,
        "truss/config.yaml": CONFIG,
        "truss/bundle/packed.py": "NAME = 'packed'",
        "shared/outside.py": "NAME = 'outside'",
        "secrets/mounted": "from a file",
        "environment": '{"name": "staging", "more": 1}',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[RuntimeServer]:
    flags = [f"--secrets-dir={root}/secrets", f"--environment-file={root}/environment"]
    variables = {"GIVEN": "pod", "TRUSS_SECRET_variable": "from a variable", "TRUSS_SECRET_mounted": "no"}
    with RuntimeServer(root / "truss", *flags, folder=root, variables=variables) as started:
        yield started.ready()


def test_preprocess_and_postprocess_run_around_predict(http: httpx2.Client) -> None:
    answer = http.post("/predict", json={"number": 3}, headers={"X-What": "this"})

    assert answer.json() == {"steps": [3, True, "this"]}


@pytest.mark.parametrize("name", ["model", "anything", "family/lab"])
@pytest.mark.parametrize("verb", ["predict", "predict_binary"])
def test_predict_is_where_truss_and_kserve_clients_look_for_it(
    http: httpx2.Client, name: str, verb: str
) -> None:
    assert http.post(f"/v1/models/{name}:{verb}", json={"number": 3}).json() == {"steps": [3, True, None]}


def test_error_on_trusss_own_path_is_plain(http: httpx2.Client) -> None:
    assert isinstance(http.post("/v1/models/model:predict", content=b"{").json()["error"], str)
    assert isinstance(http.get("/v1/models/model:predict").json()["error"], str)


def test_truss_client_asks_whether_the_model_is_loaded_and_for_its_schema(http: httpx2.Client) -> None:
    schema = http.get("/v1/models/model/schema").json()

    assert (http.get("/v1/models/model/loaded").status_code, schema["supports_streaming"]) == (200, False)
    assert schema["input_schema"]["properties"]["number"]["type"] == "integer"
    assert schema["output_schema"] is None


def test_body_is_validated_by_the_model_of_preprocess(http: httpx2.Client) -> None:
    answer = http.post("/predict", json={"number": "many"})

    assert answer.status_code == 400
    assert "number" in answer.json()["error"]


def test_nothing_runs_around_another_route(http: httpx2.Client) -> None:
    assert http.post("/v1/chat/completions", json={"a": 1}).json() == {"a": 1}


@pytest.mark.parametrize(("what", "named"), [("response", "JSONResponse"), ("stream", "generator")])
def test_postprocess_after_a_response_or_a_stream_is_refused(
    http: httpx2.Client, what: str, named: str
) -> None:
    answer = http.post("/predict", json={"number": 3}, headers={"X-What": what})

    assert answer.status_code == 500
    assert f"postprocess cannot be given a {named}" in answer.json()["error"]


def test_secret_is_mounted_or_else_a_variable_or_else_the_default(http: httpx2.Client) -> None:
    assert http.post("/v1/completions", json={}).json()["secrets"] == {
        "mounted": "from a file",
        "variable": "from a variable",
        "declared": "default",
    }


def test_packages_of_both_kinds_of_folder_are_importable(http: httpx2.Client) -> None:
    assert http.post("/v1/completions", json={}).json()["packages"] == ["outside", "packed"]


def test_variables_of_the_config_are_set_before_import_and_the_pods_win(http: httpx2.Client) -> None:
    seen = http.post("/v1/completions", json={}).json()

    assert seen["at_import"] == {"GREETING": "hello", "FLAG": "true", "GIVEN": "pod"}


def test_environment_file_is_told_before_load_and_names_the_urls(http: httpx2.Client) -> None:
    environment = {"name": "staging", "more": 1}

    seen = http.post("/environments/staging/sync/v1/completions", json={}).json()

    assert seen["init"] == environment
    assert seen["calls"][:2] == [environment, "load"]


def test_change_of_the_environment_file_is_told(root: Path, server: RuntimeServer) -> None:
    other = {"name": "promoted"}
    (root / "environment").write_text(json.dumps(other))

    until(
        lambda: other in httpx2.post(f"{server.base}/v1/completions", json={}).json()["calls"] or None,
        "the call",
    )

    assert httpx2.post(f"{server.base}/environments/promoted/predict", json={"number": 1}).status_code == 200


def test_model_that_is_not_healthy_is_not_ready_until_it_is_again(
    server: RuntimeServer, http: httpx2.Client
) -> None:
    def ready(expected: int, state: str) -> None:
        def asked() -> dict[str, str] | None:
            answer = httpx2.get(f"{server.admin}/readyz")
            return answer.json() if answer.status_code == expected else None

        assert until(asked, state) == {"state": state}

    http.post("/v1/chat/completions", json={"healthy": False})
    ready(503, "unhealthy")
    assert httpx2.get(f"{server.admin}/livez").status_code == 200
    assert http.post("/v1/chat/completions", json={"healthy": True}).status_code == 200
    ready(200, "ready")


def test_model_that_stays_unhealthy_past_the_threshold_is_not_alive(write: Write, start: Start) -> None:
    code = """
        class Model:
            def is_healthy(self): return False
            def predict(self, x): return x
    """
    config = "runtime: {health_checks: {restart_threshold_seconds: 0.1}}"

    server = start(write(code, **{"config.yaml": config}))

    until(lambda: httpx2.get(f"{server.admin}/livez").status_code == 503 or None, "the end of patience")
    assert httpx2.get(f"{server.admin}/readyz").json() == {"state": "unhealthy"}


def test_setup_environment_is_not_called_where_no_environment_is_set(write: Write, start: Start) -> None:
    code = """
        class Model:
            called = False
            def setup_environment(self, environment): self.called = True
            def predict(self, x): return self.called
    """
    server = start(write(code), "--environment-file=/nonexistent").ready()

    assert httpx2.post(f"{server.base}/predict", json=1).json() is False


def test_setup_environment_that_raises_ends_the_process(write: Write, start: Start) -> None:
    code = """
        class Model:
            def setup_environment(self, environment): raise OSError("no bucket")
            def predict(self, x): return x
    """
    server = start(write(code), "--environment=staging")

    assert server.wait() == 1
    assert (server.report()["phase"], server.report()["reason"]) == ("load", "LoadFailed")
    assert "setup_environment must not raise" in server.report()["message"]
