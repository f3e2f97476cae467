"""Builds the Model with those of the Truss constructor arguments that its signature accepts.

Flow: locate → import → **init** → routes → load. docs/reference/model-contract.md lists the arguments.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from truss_runtime.failure import ModelFailure, Report, failure_of
from truss_runtime.model.environment import Environment
from truss_runtime.model.secret_lookup import Secrets
from truss_runtime.model.source import Source


@dataclass(frozen=True, slots=True)
class LazyDataResolver:
    """What Truss models call to have their data fetched. An image holds all of its data already."""

    data_dir: Path

    def fetch(self) -> Path:
        """Returns the data folder at once: nothing is left to download."""
        return self.data_dir


def construct(
    model_class: type[Any], source: Source, *, secrets_dir: Path, environment: Environment | None
) -> Any:
    """Returns an instance of the class.

    Args:
        model_class: the user's class.
        source: where it came from, with its configuration.
        secrets_dir: the folder with one file a secret.
        environment: a mapping with ``name``, or None where none is set.

    Raises:
        ModelFailure: the constructor needs an argument that is not on offer, or raises.
    """
    offered: dict[str, Any] = {
        "config": dict(source.config),
        "data_dir": source.data_dir,
        "secrets": Secrets(secrets_dir, _declared(source)),
        "environment": environment,
        "lazy_data_resolver": LazyDataResolver(source.data_dir),
    }
    arguments = _accepted(model_class, source, offered)
    try:
        return model_class(**arguments)
    except (Exception, SystemExit) as error:
        remedy = f"{source.class_name}(...) must not raise: correct that line."
        raise failure_of(error, "init", "InitFailed", root=source.root, remedy=remedy) from error


def _declared(source: Source) -> Mapping[str, Any]:
    declared = source.config.get("secrets") or {}
    if not isinstance(declared, Mapping):
        message = "config.yaml: secrets must be a mapping of names to defaults, null for none."
        raise ModelFailure(Report("init", "InvalidModel", message))
    return declared


def _accepted(model_class: type[Any], source: Source, offered: Mapping[str, Any]) -> dict[str, Any]:
    parameters = inspect.signature(model_class).parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        names = set(offered)
    else:
        names = {parameter.name for parameter in parameters} & set(offered)
    for parameter in parameters:
        optional = parameter.default is not parameter.empty or parameter.kind in (
            parameter.VAR_KEYWORD,
            parameter.VAR_POSITIONAL,
        )
        if parameter.kind is parameter.POSITIONAL_ONLY or not (optional or parameter.name in names):
            code = getattr(model_class.__init__, "__code__", None)
            line = f":{code.co_firstlineno}" if code else ""
            raise ModelFailure(
                Report(
                    "init",
                    "InvalidModel",
                    f"{source.file}{line}: {source.class_name}.__init__ asks for `{parameter.name}`. "
                    f"It can have {', '.join(offered)}, by name: give any other parameter a default, "
                    "or take it out.",
                )
            )
    return {name: value for name, value in offered.items() if name in names}
