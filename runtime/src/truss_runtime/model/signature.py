"""What a method of the Model asks for: nothing, the body, the request, or body and request.

Flow: locate → import → init → **routes** → load, once per method; the result is used for every request. The
rules are in docs/reference/model-contract.md. They read Truss's generously: whatever its rules accept is
bound the same here, and so are the unannotated, optional, string and keyword-only forms that it refuses.
"""

import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import HTTPConnection, Request

Role = Literal["body", "request"]

_REQUEST_TEXT = re.compile(r"^(?:typing\.)?(?:Optional\[)?(?:\w+\.)*Request\]?(?:\s*\|\s*None)?$")
"""A request's annotation that cannot be evaluated, such as one imported under TYPE_CHECKING."""


class ImpossibleSignatureError(Exception):
    """A method that no request could be bound to; the message names the parameter and the remedy."""


@dataclass(frozen=True, slots=True)
class Binding:
    """How the arguments of one method are filled."""

    positional: tuple[Role | inspect.Parameter, ...]
    """In order; a Parameter stands for its own default."""
    keywords: tuple[tuple[str, Role], ...]
    body_model: type[Any] | None = None
    """The pydantic model that validates the body, or None."""

    @property
    def takes_body(self) -> bool:
        """Whether the body has to be parsed."""
        return "body" in self.positional or any(role == "body" for _, role in self.keywords)

    @property
    def takes_request(self) -> bool:
        """Whether a Request object has to be made."""
        return "request" in self.positional or any(role == "request" for _, role in self.keywords)

    def arguments(self, body: Any, request: Any) -> tuple[list[Any], dict[str, Any]]:
        """Returns the arguments to call the method with."""
        values = {"body": body, "request": request}
        positional = [values[item] if isinstance(item, str) else item.default for item in self.positional]
        return positional, {name: values[role] for name, role in self.keywords}


def bind(method: Callable[..., Any]) -> Binding:
    """Works out what a bound method asks for.

    Raises:
        ImpossibleSignatureError: it needs an argument that is neither body nor request, or has no signature.
    """
    try:
        parameters = list(inspect.signature(method).parameters.values())
    except ValueError as error:
        raise ImpossibleSignatureError("has no Python signature: define it with `def`") from error
    annotations = {parameter.name: _evaluated(method, parameter.annotation) for parameter in parameters}
    request = _find_request(parameters, annotations)
    body = _find_body(parameters, request)
    _refuse_the_rest(parameters, body, request)
    positional: list[Role | inspect.Parameter] = []
    keywords: list[tuple[str, Role]] = []
    in_order = True
    for parameter in parameters:
        role: Role | None = "request" if parameter is request else "body" if parameter is body else None
        if parameter.kind is parameter.POSITIONAL_ONLY:
            positional.append(role or parameter)
        elif role is not None and in_order and parameter.kind is not parameter.KEYWORD_ONLY:
            positional.append(role)  # by position where possible: a decorator's wrapper may take nothing else
        elif role is not None:
            keywords.append((parameter.name, role))
        else:
            in_order = False
    model = _pydantic_model(annotations.get(body.name)) if body is not None else None
    return Binding(tuple(positional), tuple(keywords), model)


def result_model(method: Callable[..., Any]) -> type[Any] | None:
    """Returns the pydantic model that the annotation of a method's result names, or None."""
    try:
        annotation = inspect.signature(method).return_annotation
    except (TypeError, ValueError):
        return None
    return _pydantic_model(_evaluated(method, annotation))


def _evaluated(method: Callable[..., Any], annotation: Any) -> Any:
    """Returns an annotation, evaluated where that is possible and as text where not."""
    if not isinstance(annotation, str):
        return annotation
    function = inspect.unwrap(getattr(method, "__func__", method))
    try:
        return eval(annotation, getattr(function, "__globals__", {}))  # noqa: S307 - the user's own code, as typing.get_type_hints does
    except Exception:  # noqa: BLE001 - anything may be wrong in it, and the text is enough
        return annotation.strip("'\"")


def _is_request(annotation: Any) -> bool:
    if isinstance(annotation, str):
        return _REQUEST_TEXT.match(annotation) is not None
    if isinstance(annotation, typing.ForwardRef):
        return _REQUEST_TEXT.match(annotation.__forward_arg__) is not None
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _is_request(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return any(_is_request(argument) for argument in typing.get_args(annotation))
    annotation = origin or annotation
    return isinstance(annotation, type) and (annotation is HTTPConnection or issubclass(annotation, Request))


def _find_request(
    parameters: list[inspect.Parameter], annotations: dict[str, Any]
) -> inspect.Parameter | None:
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    annotated = [p for p in named if _is_request(annotations[p.name])]
    if len(annotated) > 1:
        names = " and ".join(f"`{p.name}`" for p in annotated)
        raise ImpossibleSignatureError(f"has two parameters for the request, {names}: keep one")
    if annotated:
        return annotated[0]
    unannotated = [p for p in named if p.name == "request" and p.annotation is p.empty]
    if unannotated and (
        unannotated[0].kind is unannotated[0].KEYWORD_ONLY or named.index(unannotated[0]) == 1
    ):
        return unannotated[0]
    return None


def _find_body(
    parameters: list[inspect.Parameter], request: inspect.Parameter | None
) -> inspect.Parameter | None:
    """The first that is not the request; a keyword-only one or ``*args`` only if there is no other."""
    others = [p for p in parameters if p is not request and p.kind is not p.VAR_KEYWORD]
    plain = [p for p in others if p.kind not in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)]
    if plain:
        return plain[0]
    required = [p for p in others if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    starred = [p for p in others if p.kind is p.VAR_POSITIONAL]
    # After a request that goes by keyword, nothing can go into *args.
    return next(iter(required or (starred if request is None else [])), None)


def _refuse_the_rest(
    parameters: list[inspect.Parameter], body: inspect.Parameter | None, request: inspect.Parameter | None
) -> None:
    for parameter in parameters:
        optional = parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
        if parameter is not body and parameter is not request and not optional:
            raise ImpossibleSignatureError(
                f"asks for `{parameter.name}`, but a request has only a body and itself to give: "
                "annotate the parameter for the request as fastapi.Request, or give this one a default"
            )


def _pydantic_model(annotation: Any) -> type[Any] | None:
    """Returns the pydantic model in an annotation, known by its methods, so that nothing is imported."""
    wraps = typing.get_origin(annotation) in (typing.Union, types.UnionType, typing.Annotated)
    for candidate in (annotation, *(typing.get_args(annotation) if wraps else ())):
        if isinstance(candidate, type) and hasattr(candidate, "model_validate"):
            return candidate
    return None
