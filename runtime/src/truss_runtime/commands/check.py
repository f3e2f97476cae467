"""``truss-runtime check PATH``: everything that keeps a model from being served, and what to do about it."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truss_runtime.commands.opening import (
    CONFIG_OPTION,
    PATH_ARGUMENT,
    SECRETS_OPTION,
    Opened,
    open_model,
    user_output_aside,
)
from truss_runtime.commands.values import kinds
from truss_runtime.kinds import KINDS, WEBSOCKET

if TYPE_CHECKING:
    from truss_runtime.failure import Report


@click.command()
@PATH_ARGUMENT
@click.option(
    "--required-routes", callback=kinds, default="", help="Kinds that must be there, separated by commas."
)
@CONFIG_OPTION
@SECRETS_OPTION
def check(path: Path, required_routes: tuple[str, ...], config: Path | None, secrets_dir: Path) -> None:
    """Says what keeps the model at PATH from being served.

    Each problem comes with its file, its line and what to do. The model is imported and built, but not
    loaded. Exits with 0 if there is none, else with 1. Notes are no problems: they tell of what is not
    followed or not there yet.
    """
    from truss_runtime.failure import ModelFailure  # late: --help should not wait for it
    from truss_runtime.shutdown import end_without_stragglers

    try:
        with user_output_aside():
            opened = open_model(path, config, secrets_dir)
            problems = [
                *_configured(opened.source.config, opened.source.root),
                *method_problems(opened),
                *_missing(opened.model, required_routes),
            ]
        notes = list(_notes(opened.source.config, secrets_dir))
    except ModelFailure as failure:
        problems, notes = [_line(failure.report)], []
    for problem in problems:
        click.echo(problem)
    for note in notes:
        click.echo(f"note: {note}")
    count = len(problems)
    verdict = "no problem found" if not count else f"{count} problem{'s' if count > 1 else ''}"
    click.echo(f"{path}: {verdict}")
    sys.exit(end_without_stragglers(1 if problems else 0))


def _line(report: "Report") -> str:
    return f"{report.message} ({report.phase}: {report.reason})"


class _Without:
    """A Model with some of its methods out of sight: what is ``None`` counts as absent."""

    def __init__(self, model: Any, hidden: set[str]) -> None:
        self._model = model
        self._hidden = hidden

    def __getattr__(self, name: str) -> Any:
        return None if name in self._hidden else getattr(self._model, name)


def method_problems(opened: Opened) -> list[str]:
    """Returns what is wrong with each method.

    ``describe`` tells of one problem, as a server needs no more. So the method at fault is found, by hiding
    one after the other till the problem is gone, and the rest is described without it.
    """
    hidden: set[str] = set()
    problems: list[str] = []
    while (problem := _problem(opened, hidden)) is not None:
        problems.append(problem)
        culprit = next(
            (name for name in _methods(opened.model) if _problem(opened, {*hidden, name}) != problem), None
        )
        if culprit is None or culprit in hidden:
            break
        hidden.add(culprit)
        if culprit == "predict":
            hidden |= {"preprocess", "postprocess"}  # without it they would be at fault too
        if not _served(opened.model, hidden):
            break  # else there would be nothing to serve, for want of what was named already
    return problems


def _problem(opened: Opened, hidden: set[str]) -> str | None:
    from truss_runtime.failure import ModelFailure
    from truss_runtime.model.methods import describe

    try:
        describe(_Without(opened.model, hidden), opened.source)
    except ModelFailure as failure:
        return _line(failure.report)
    return None


def _methods(model: Any) -> list[str]:
    """The names that may be at fault; those that a route exists for come last: others may lean on them."""
    served = _served(model, set())
    names = [name for name in dir(model) if not name.startswith("_") and name not in served]
    return [*names, *served]


def _served(model: Any, hidden: set[str]) -> list[str]:
    names = [kind.name for kind in (*KINDS, WEBSOCKET)]
    return [name for name in names if name not in hidden and getattr(model, name, None) is not None]


def _missing(model: Any, required: tuple[str, ...]) -> Iterator[str]:
    for name in required:
        if name not in _served(model, set()):
            yield f"--required-routes: the model has no `{name}`: define that method, or do not require it."


def _configured(config: Mapping[str, Any], root: Path) -> Iterator[str]:
    file = root / "config.yaml"
    folders = config.get("external_package_dirs") or []
    for folder in folders if isinstance(folders, list) else []:
        if not (root / str(folder)).is_dir():
            yield f"{file}: external_package_dirs: there is no {folder}: correct it, or take it out."
    name = config.get("requirements_file")
    if name and not (root / str(name)).is_file():
        yield f"{file}: requirements_file: there is no {name}: correct it, or take it out."


def _notes(config: Mapping[str, Any], secrets_dir: Path) -> Iterator[str]:
    from truss_runtime.commands.recipe import not_honoured

    yield from not_honoured(config)
    secrets = config.get("secrets")
    for name, default in secrets.items() if isinstance(secrets, Mapping) else ():
        given = (secrets_dir / name).is_file() or f"TRUSS_SECRET_{name}" in os.environ
        if default is None and not given:
            yield f"secrets.{name} has no value here: name it under `secrets` of the TrussModel."
