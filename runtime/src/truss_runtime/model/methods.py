"""What the Model serves: each of its methods that a kind of route exists for, with what it asks for.

Flow: locate → import → init → **routes** → load, and once more after load, which may have added methods.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from truss_runtime.failure import ModelFailure, Report, either
from truss_runtime.kinds import KINDS, Kind
from truss_runtime.model.signature import Binding, ImpossibleSignatureError, bind
from truss_runtime.model.source import Source

NOT_SERVED = ("preprocess", "postprocess", "websocket")
"""Methods of the Truss contract that change answers: a model with one is refused rather than served wrong."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method of the Model, ready to be called."""

    kind: Kind
    function: Callable[..., Any]
    """Bound to the Model."""
    binding: Binding
    on_loop: bool
    """Whether the loop calls it: a coroutine function, or a generator function, whose call runs nothing."""
    streams: bool
    """Whether it is a generator function of either kind."""


def describe(model: Any, source: Source) -> Mapping[str, Method]:
    """Returns the methods that can be served, by kind, in the order of the table of kinds.

    Raises:
        ModelFailure: a method cannot be called with what a request has, or there is none at all.
    """
    found = {}
    for name in NOT_SERVED:
        if getattr(model, name, None) is not None:
            raise _invalid(
                model, name, source, "is not served by this version of the runtime: do its work in `predict`"
            )
    for kind in KINDS:
        function = getattr(model, kind.name, None)
        if function is not None:
            found[kind.name] = _describe(model, kind, function, source)
    if not found:
        names = either([f"`{kind.name}`" for kind in KINDS])
        message = f"{source.file}: {source.class_name} has no method to serve. Define {names}."
        raise ModelFailure(Report("routes", "InvalidModel", message))
    return found


def _describe(model: Any, kind: Kind, function: Any, source: Source) -> Method:
    if not callable(function):
        raise _invalid(
            model, kind.name, source, f"is a {type(function).__name__}, not a method: define it with `def`"
        )
    try:
        binding = bind(function)
    except ImpossibleSignatureError as error:
        raise _invalid(model, kind.name, source, str(error)) from error
    streams = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    return Method(kind, function, binding, streams or inspect.iscoroutinefunction(function), streams)


def _invalid(model: Any, name: str, source: Source, problem: str) -> ModelFailure:
    code = getattr(inspect.unwrap(getattr(model, name)), "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else str(source.file)
    return ModelFailure(Report("routes", "InvalidModel", f"{place}: {source.class_name}.{name} {problem}."))
