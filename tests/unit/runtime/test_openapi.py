"""The OpenAPI document: what it says, and that the server keeps to it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pydantic
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from runtime_server import RuntimeServer
from truss_runtime.model.methods import describe
from truss_runtime.model.source import Source
from truss_runtime.web.openapi import openapi_of

MODEL = """
import pydantic


class In(pydantic.BaseModel, strict=True):
    number: int


class Out(pydantic.BaseModel):
    twice: int


class Model:
    async def predict(self, x: In) -> Out:
        return Out(twice=2 * x.number)

    async def chat_completions(self, x):
        if x.get("stream"):
            return self._stream()
        message = {"role": "assistant", "content": str(len(x["messages"]))}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}

    async def _stream(self):
        yield {"choices": []}

    def embeddings(self, x):
        inputs = x["input"] if isinstance(x["input"], list) else [x["input"]]
        data = [{"object": "embedding", "index": i, "embedding": [0.5]} for i, _ in enumerate(inputs)]
        return {"object": "list", "data": data, "model": "m"}

    def messages(self, x):
        content = [{"type": "text", "text": str(x["max_tokens"])}]
        return {"id": "m", "type": "message", "role": "assistant", "content": content, "model": "m"}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RuntimeServer]:
    folder = tmp_path_factory.mktemp("openapi")
    (folder / "model.py").write_text(MODEL)
    with RuntimeServer(folder, "--validate", "--model-name=lab", folder=folder) as started:
        yield started.ready()


@pytest.fixture(scope="module")
def api(server: RuntimeServer) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.base}/openapi.json")


OPERATIONS = [
    ("/predict", "POST"),
    ("/v1/chat/completions", "POST"),
    ("/v1/embeddings", "POST"),
    ("/v1/messages", "POST"),
    ("/v1/models", "GET"),
    ("/v1/models/{model}", "GET"),
    ("/livez", "GET"),
    ("/readyz", "GET"),
    ("/routes", "GET"),
]


TRIED = [
    *((path, method, GenerationMode.POSITIVE) for path, method in OPERATIONS),
    *((path, method, GenerationMode.NEGATIVE) for path, method in OPERATIONS if method == "POST"),
]


@pytest.mark.parametrize(("path", "method", "mode"), TRIED)
def test_server_keeps_to_its_document(
    api: schemathesis.BaseSchema, path: str, method: str, mode: GenerationMode
) -> None:
    operation = api[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=20,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        case.call_and_validate(
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_headers_conformance,
                response_schema_conformance,
                negative_data_rejection,
                unsupported_method,
            ]
        )

    holds()


def test_every_operation_of_the_document_is_tried(document: dict[str, Any]) -> None:
    found = {(path, verb.upper()) for path, item in document["paths"].items() for verb in item}

    assert {each for each in found if each[1] in ("GET", "POST")} == set(OPERATIONS)


@pytest.fixture(scope="module")
def document(server: RuntimeServer) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{server.base}/openapi.json").json()
    return found


def test_document_has_the_routes_that_exist_and_no_other(document: dict[str, Any]) -> None:
    posts = {path for path, item in document["paths"].items() if "post" in item}

    assert posts == {"/predict", "/v1/chat/completions", "/v1/embeddings", "/v1/messages"}
    assert document["info"]["title"] == "lab"


def test_annotations_are_the_schemas_of_a_method(document: dict[str, Any]) -> None:
    predict = document["paths"]["/predict"]["post"]
    body = predict["requestBody"]["content"]["application/json"]["schema"]
    answer = predict["responses"]["200"]["content"]["application/json"]["schema"]

    assert (body, answer) == ({"$ref": "#/components/schemas/In"}, {"$ref": "#/components/schemas/Out"})


def test_documented_fields_are_the_schema_where_nothing_is_annotated(document: dict[str, Any]) -> None:
    request = document["components"]["schemas"]["ChatCompletionRequest"]

    assert request["required"] == ["messages"]
    assert request["additionalProperties"] is True


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for item in value.values():
                yield from references(item)
        elif isinstance(value, list):
            for item in value:
                yield from references(item)

    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}

    assert names <= document["components"]["schemas"].keys()


def test_page_shows_the_document(server: RuntimeServer) -> None:
    page = httpx2.get(f"{server.base}/docs", timeout=30)  # the first one imports FastAPI

    assert page.headers["content-type"].startswith("text/html")
    assert "openapi.json" in page.text


def test_page_loads_nothing_from_elsewhere(server: RuntimeServer) -> None:
    page = httpx2.get(f"{server.base}/docs").text

    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    answers = [httpx2.get(httpx2.URL(f"{server.base}/docs").join(address)) for address in loaded]

    assert "//" not in "".join(loaded)
    assert [answer.headers["content-type"].partition(";")[0] for answer in answers] == [
        "text/css",
        "image/png",
        "text/javascript",
    ]
    assert all(answer.status_code == 200 and len(answer.content) > 1000 for answer in answers)
    assert "http://" not in page
    assert "https://" not in page


@pytest.mark.parametrize("name", ["redoc.standalone.js", "..%2f__init__.py", "nothing"])
def test_page_brings_no_other_file(server: RuntimeServer, name: str) -> None:
    assert httpx2.get(f"{server.base}/docs/{name}").status_code == 404


def test_models_of_one_name_do_not_hide_each_other() -> None:
    def shape(**fields: Any) -> Any:
        return pydantic.create_model("Shape", **fields)

    first, second = shape(a=(int, ...)), shape(b=(str, ...))

    class Model:
        def predict(self, x: first) -> second: ...  # type: ignore[valid-type]  # made at run time

    methods = describe(Model(), Source(Path("/m"), Path("/m/model.py"), "Model", {})).values()
    predict = openapi_of("m", methods)["paths"]["/predict"]["post"]
    body = predict["requestBody"]["content"]["application/json"]["schema"]
    answer = predict["responses"]["200"]["content"]["application/json"]["schema"]

    assert body == {"$ref": "#/components/schemas/Shape"}
    assert "b" in answer["properties"]


def test_model_that_has_no_schema_takes_and_gives_anything() -> None:
    class Opaque(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        thing: threading_lock

    class Model:
        def predict(self, x: Opaque) -> None: ...

    methods = describe(Model(), Source(Path("/m"), Path("/m/model.py"), "Model", {})).values()
    body = openapi_of("m", methods)["paths"]["/predict"]["post"]["requestBody"]

    assert body["content"]["application/json"]["schema"] == {}


class threading_lock:  # noqa: N801 - stands for any class that pydantic does not know
    pass
