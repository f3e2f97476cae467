"""What a server imports until it is ready, and what it imports later: docs/architecture.md says why."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from runtime_server import RuntimeServer

PLAIN = """
import gc
import sys

AT_IMPORT = gc.isenabled()

class Model:
    def load(self):
        self.modules = sorted(sys.modules)
    def predict(self, x):
        return {"modules": self.modules, "now": sorted(sys.modules), "gc": [AT_IMPORT, gc.isenabled()]}
    async def chat_completions(self, x, request):
        return type(request.app).__module__
"""

NOT_NEEDED = {
    "fastapi",
    "pydantic",
    "pydantic_core",
    "prometheus_client",
    "numpy",
    "msgpack",
    "websockets",
    "yaml",
    "h11",
    "opentelemetry",
    "unittest",
    "truss_runtime.commands.check",
    "truss_runtime.commands.reload",
    "truss_runtime.web.exposition",
    "truss_runtime.web.keys",
    "truss_runtime.web.openapi",
    "truss_runtime.web.origins",
    "truss_runtime.web.schema.base",
}
"""What a plain model is served without, as long as nobody asks for it."""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("plain")
    (folder / "model.py").write_text(PLAIN)
    with RuntimeServer(folder, folder=folder) as server:
        yield server.ready()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    """A model that imports FastAPI itself."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "model.py").write_text(f"import fastapi\n{PLAIN}")
    with RuntimeServer(folder, folder=folder) as server:
        yield server.ready()


def predict(server: RuntimeServer) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = httpx2.post(f"{server.base}/predict", json={}).json()
    return found


def test_plain_model_is_served_without_what_it_does_not_need(plain: RuntimeServer) -> None:
    assert NOT_NEEDED & set(predict(plain)["modules"]) == set()


def test_garbage_is_collected_wherever_the_models_code_runs(plain: RuntimeServer) -> None:
    assert predict(plain)["gc"] == [True, True]


@pytest.mark.parametrize(("path", "module"), [("/docs", "fastapi"), ("/openapi.json", "pydantic")])
def test_documents_import_what_they_need_when_they_are_asked_for(
    plain: RuntimeServer, path: str, module: str
) -> None:
    assert httpx2.get(f"{plain.base}{path}").status_code == 200
    assert module in predict(plain)["now"]


def test_application_is_fastapis_where_the_model_has_imported_it(
    plain: RuntimeServer, own: RuntimeServer
) -> None:
    found = [httpx2.post(f"{server.base}/v1/chat/completions", json={}).json() for server in (plain, own)]

    assert found == ["starlette.applications", "fastapi.applications"]


def shown(answer: httpx2.Response) -> tuple[int, set[str], str, object]:
    allowed = set(answer.headers.get("allow", "").split(", "))
    return answer.status_code, allowed, answer.headers["content-type"], answer.json()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/absent"),
        ("GET", "/v1/absent"),
        ("POST", "/v1/models"),
        ("POST", "/openapi.json"),
        ("DELETE", "/docs"),
        ("GET", "/predict"),
        ("GET", "/predict/"),
        ("POST", "/v1/embeddings"),
    ],
)
def test_both_applications_refuse_alike(
    plain: RuntimeServer, own: RuntimeServer, method: str, path: str
) -> None:
    ours, theirs = (httpx2.request(method, f"{server.base}{path}") for server in (plain, own))

    assert shown(ours) == shown(theirs)
    assert ours.status_code in (404, 405)
