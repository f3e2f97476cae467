"""What the Model serves: each of its methods that a kind of route exists for, with what it asks for.

Flow: locate → import → init → **routes** → load, and once more after load, which may have added methods.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from truss_runtime.failure import ModelFailure, Report, either
from truss_runtime.kinds import KINDS, PREDICT, WEBSOCKET, Kind
from truss_runtime.model.signature import Binding, ImpossibleSignatureError, bind, result_model
from truss_runtime.model.source import Source

HOOKS = {"load": 0, "is_healthy": 0, "setup_environment": 1}
"""Methods that the runtime calls itself, with how many arguments."""


@dataclass(frozen=True, slots=True)
class Step:
    """One function of the Model, ready to be called."""

    name: str
    function: Callable[..., Any]
    """Bound to the Model."""
    binding: Binding
    on_loop: bool
    """Whether the loop calls it: a coroutine function, or a generator function, whose call runs nothing."""
    streams: bool
    """Whether it is a generator function of either kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Step):
    """What a route calls: one method, and for predict what runs before and after it."""

    kind: Kind
    before: Step | None = None
    """``preprocess``: what it returns is the body that predict gets."""
    after: Step | None = None
    """``postprocess``: what it makes of predict's result is the answer."""
    takes_body: bool
    """Whether the body has to be parsed."""
    takes_request: bool
    """Whether any of the steps wants the request."""
    body_model: type[Any] | None
    """The pydantic model that validates the body, or None."""
    result_model: type[Any] | None
    """The pydantic model that the annotation of the result names, or None."""
    chained: bool
    """Whether there is a step before or after it."""

    @property
    def streaming(self) -> bool | None:
        """Whether the route is known to stream; None where only a call can tell."""
        return (self.after or self).streams or None


def describe(model: Any, source: Source) -> Mapping[str, Method]:
    """Returns the methods that can be served, by kind, in the order of the table of kinds.

    Raises:
        ModelFailure: a method cannot be called with what a request has, or there is none at all.
    """
    found = {}
    for name, count in HOOKS.items():
        _check_hook(model, name, count, source)
    for kind in KINDS:
        step = _step(model, kind.name, source)
        if step is not None:
            found[kind.name] = _method(model, kind, step, source)
    if getattr(model, WEBSOCKET.name, None) is not None:
        found[WEBSOCKET.name] = _websocket(model, source)
    elif source.runtime.transport == "websocket":
        message = (
            f"{source.file}: runtime.transport.kind is websocket: define `async def websocket(self, ws)`."
        )
        raise ModelFailure(Report("routes", "InvalidModel", message))
    if not found:
        names = either([f"`{kind.name}`" for kind in (*KINDS, WEBSOCKET)])
        message = f"{source.file}: {source.class_name} has no method to serve. Define {names}."
        raise ModelFailure(Report("routes", "InvalidModel", message))
    if PREDICT.name not in found:
        for name in ("preprocess", "postprocess"):
            if getattr(model, name, None) is not None:
                problem = "is for `predict` alone, which is not there: call it in the methods that need it"
                raise _invalid(model, name, source, problem)
    return found


def _step(model: Any, name: str, source: Source) -> Step | None:
    function = getattr(model, name, None)
    if function is None:
        return None
    if not callable(function):
        raise _invalid(
            model, name, source, f"is a {type(function).__name__}, not a method: define it with `def`"
        )
    try:
        binding = bind(function)
    except ImpossibleSignatureError as error:
        raise _invalid(model, name, source, str(error)) from error
    streams = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    return Step(name, function, binding, streams or inspect.iscoroutinefunction(function), streams)


def _method(model: Any, kind: Kind, step: Step, source: Source) -> Method:
    before = _step(model, "preprocess", source) if kind is PREDICT else None
    after = _step(model, "postprocess", source) if kind is PREDICT else None
    for name, taker, given in (
        (kind.name, step if before is not None else None, "what `preprocess` returns"),
        ("postprocess", after, "what `predict` returns"),
    ):
        if taker is not None and taker.binding.takes_request and not taker.binding.takes_body:
            problem = f"takes the request alone, but it is given {given}: add a first parameter for that"
            raise _invalid(model, name, source, problem)
    first = (before or step).binding
    return Method(
        step.name,
        step.function,
        step.binding,
        step.on_loop,
        step.streams,
        kind=kind,
        before=before,
        after=after,
        takes_body=first.takes_body,
        takes_request=any(each.binding.takes_request for each in (before, step, after) if each is not None),
        body_model=first.body_model,
        result_model=result_model((after or step).function),
        chained=before is not None or after is not None,
    )


def _websocket(model: Any, source: Source) -> Method:
    function = getattr(model, WEBSOCKET.name)
    if not inspect.iscoroutinefunction(function):
        raise _invalid(model, WEBSOCKET.name, source, "must be `async def`: it is called on the event loop")
    _check_hook(model, WEBSOCKET.name, 1, source)
    return Method(
        WEBSOCKET.name,
        function,
        Binding((), ()),
        on_loop=True,
        streams=False,
        kind=WEBSOCKET,
        takes_body=False,
        takes_request=False,
        body_model=None,
        result_model=None,
        chained=False,
    )


def _check_hook(model: Any, name: str, count: int, source: Source) -> None:
    function = getattr(model, name, None)
    if function is None:
        return
    try:
        inspect.signature(function).bind(*[None] * count)
    except (TypeError, ValueError) as error:
        given = "one argument" if count else "no argument"
        problem = f"is called with {given}: {error}"
        raise _invalid(model, name, source, problem) from error


def _invalid(model: Any, name: str, source: Source, problem: str) -> ModelFailure:
    code = getattr(inspect.unwrap(getattr(model, name)), "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else str(source.file)
    return ModelFailure(Report("routes", "InvalidModel", f"{place}: {source.class_name}.{name} {problem}."))
