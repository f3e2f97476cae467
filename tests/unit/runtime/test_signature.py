"""Which argument of a method gets the body, and which the request."""

import functools
import textwrap
from typing import Annotated, Any, Optional

import fastapi
import pydantic
import pytest
import starlette.requests
from hypothesis import given
from hypothesis import strategies as st

from truss_runtime.model.signature import ImpossibleSignatureError, bind


class Shape(pydantic.BaseModel):
    prompt: str


class Forms:
    """One method for each way to write a signature down. Each returns what it was given."""

    def nothing(self):  # type: ignore[no-untyped-def]
        return "nothing"

    def unannotated(self, x):  # type: ignore[no-untyped-def]
        return x

    def alone_and_named_request(self, request):  # type: ignore[no-untyped-def]
        return request

    def annotated(self, r: fastapi.Request) -> Any:
        return r

    def both_annotated(self, x: dict[str, Any], r: starlette.requests.Request) -> Any:
        return x, r

    def both_unannotated(self, model_input, request):  # type: ignore[no-untyped-def]
        return model_input, request

    def optional(self, x: Any, r: Optional[fastapi.Request] = None) -> Any:  # noqa: UP045 - a form to bind
        return x, r

    def union(self, x: Any, r: fastapi.Request | None = None) -> Any:
        return x, r

    def text(self, x: Any, r: "fastapi.Request") -> Any:
        return x, r

    def optional_text(self, x: Any, r: Optional["fastapi.Request"] = None) -> Any:
        return x, r

    def marked(self, x: Any, r: Annotated[fastapi.Request, "the request"]) -> Any:
        return x, r

    def request_first(self, r: fastapi.Request, x: Any) -> Any:
        return x, r

    def keyword_only(self, x: Any, *, r: fastapi.Request) -> Any:
        return x, r

    def keyword_only_by_name(self, x, *, request):  # type: ignore[no-untyped-def]
        return x, request

    def defaults_between(self, x: Any, temperature: float = 0.5, r: fastapi.Request | None = None) -> Any:
        return (x, r) if temperature == 0.5 else None

    def with_keywords(self, x: Any, **rest: Any) -> Any:
        return (x, *rest)[0]

    def with_default(self, x: Any, temperature: float = 0.5) -> Any:
        return x if temperature == 0.5 else None

    def starred(self, *args: Any) -> Any:
        return args[0]

    def positional_only(self, x: Any, spare: int = 3, r: fastapi.Request | None = None, /) -> Any:
        return (x, r) if spare == 3 else None

    def body_by_keyword_only(self, *, x: Any) -> Any:
        return x


BODY, REQUEST = object(), object()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing", "nothing"),
        ("unannotated", BODY),
        ("alone_and_named_request", BODY),
        ("annotated", REQUEST),
        ("both_annotated", (BODY, REQUEST)),
        ("both_unannotated", (BODY, REQUEST)),
        ("optional", (BODY, REQUEST)),
        ("union", (BODY, REQUEST)),
        ("text", (BODY, REQUEST)),
        ("optional_text", (BODY, REQUEST)),
        ("marked", (BODY, REQUEST)),
        ("request_first", (BODY, REQUEST)),
        ("keyword_only", (BODY, REQUEST)),
        ("keyword_only_by_name", (BODY, REQUEST)),
        ("defaults_between", (BODY, REQUEST)),
        ("with_keywords", BODY),
        ("with_default", BODY),
        ("starred", BODY),
        ("positional_only", (BODY, REQUEST)),
        ("body_by_keyword_only", BODY),
    ],
)
def test_form_of_signature_gets_what_it_asks_for(name: str, expected: Any) -> None:
    method = getattr(Forms(), name)

    positional, keywords = bind(method).arguments(BODY, REQUEST)

    assert method(*positional, **keywords) == expected


def test_annotation_from_future_import_is_understood() -> None:
    scope: dict[str, Any] = {}
    code = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from fastapi import Request
        class Model:
            def predict(self, x: dict, r: Request) -> dict: return x, r
    """
    exec(textwrap.dedent(code), scope)
    method = scope["Model"]().predict

    positional, keywords = bind(method).arguments(BODY, REQUEST)

    assert method(*positional, **keywords) == (BODY, REQUEST)


def test_wrapper_that_takes_positions_only_is_called_by_position() -> None:
    def logged(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any) -> Any:
            return function(*args)

        return wrapper

    class Model:
        @logged
        def predict(self, x, request):  # type: ignore[no-untyped-def]
            return x, request

    positional, keywords = bind(Model().predict).arguments(BODY, REQUEST)

    assert Model().predict(*positional, **keywords) == (BODY, REQUEST)


def test_pydantic_annotation_is_the_model_of_the_body() -> None:
    class Model:
        def predict(self, x: Shape) -> None: ...

        def optional(self, x: Shape | None) -> None: ...

        def untyped(self, x: dict[str, Any]) -> None: ...

    models = [bind(method).body_model for method in (Model().predict, Model().optional, Model().untyped)]

    assert models == [Shape, Shape, None]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("def m(x, y): ...", "y"),
        ("def m(x, request, y): ...", "y"),
        ("def m(x, *, temperature): ...", "temperature"),
        ("def m(request, x): ...", "x"),
        ("def m(a: Request, b: Request): ...", "`a` and `b`"),
    ],
)
def test_argument_that_nothing_can_fill_is_refused_by_name(source: str, named: str) -> None:
    scope: dict[str, Any] = {"Request": fastapi.Request}
    exec(source, scope)

    with pytest.raises(ImpossibleSignatureError, match=named):
        bind(scope["m"])


@st.composite
def signatures(draw: st.DrawFn) -> tuple[str, bool, bool]:
    """A signature with at most one required input beside the request; whether it takes body and request."""
    has_body = draw(st.booleans())
    request = draw(st.sampled_from(["none", "annotated", "keyword"]))
    body_name = draw(st.sampled_from(["x", "model_input", "data"]))
    positional = []
    if has_body:
        positional.append((body_name, draw(st.sampled_from(["", ": dict", ": Any"])), draw(st.booleans())))
    if request == "annotated":
        entry = (
            "r",
            draw(st.sampled_from([": Request", ": 'Request'", ": Request | None"])),
            draw(st.booleans()),
        )
        positional.insert(draw(st.integers(0, len(positional))), entry)
    if has_body:
        extras = draw(st.lists(st.sampled_from(["temperature", "top_k"]), unique=True, max_size=2))
        positional += [(name, "", True) for name in extras]
    optional = False
    parts = []
    for name, annotation, default in positional:
        optional = optional or default  # a parameter after one with a default needs one too
        parts.append(f"{name}{annotation}" + (" = None" if optional else ""))
    if request == "keyword":
        parts += ["*", draw(st.sampled_from(["r: Request", "request", "r: Request = None"]))]
    if draw(st.booleans()):
        parts.append("**rest")
    return ", ".join(parts), has_body, request != "none"


@given(signatures())
def test_bound_signature_can_be_called_and_gets_each_thing_once(
    signature: tuple[str, bool, bool],
) -> None:
    parameters, has_body, has_request = signature
    scope: dict[str, Any] = {"Request": fastapi.Request, "Any": Any}
    exec(f"def m({parameters}): return [v for v in locals().values() if v is not None and v != {{}}]", scope)

    binding = bind(scope["m"])
    positional, keywords = binding.arguments("body", "request")
    given_values = scope["m"](*positional, **keywords)

    assert sorted(given_values) == ["body"] * has_body + ["request"] * has_request
    assert (binding.takes_body, binding.takes_request) == (has_body, has_request)
