"""``truss-runtime routes PATH``: what would be served, without serving it."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truss_runtime.commands.opening import (
    CONFIG_OPTION,
    PATH_ARGUMENT,
    SECRETS_OPTION,
    open_model,
    user_output_aside,
)
from truss_runtime.settings import DEFAULT_ENVIRONMENT

if TYPE_CHECKING:
    from truss_runtime.model.methods import Method

HEAD = ("KIND", "METHOD", "PATH", "STREAMING", "SIGNATURE")
_STREAMING = {True: "yes", False: "no", None: "a call tells"}


@click.command()
@PATH_ARGUMENT
@click.option("--output", type=click.Choice(["table", "json"]), default="table", help="How to print them.")
@CONFIG_OPTION
@SECRETS_OPTION
def routes(path: Path, output: str, config: Path | None, secrets_dir: Path) -> None:
    """Prints the routes that the model at PATH would have.

    The model is imported and built, but not loaded: methods that its load adds are not seen. Exits with 1 if
    it cannot be served; `truss-runtime check` then says everything that is wrong.
    """
    # late: --help should not wait for any of it
    import orjson

    from truss_runtime.failure import ModelFailure
    from truss_runtime.model.methods import describe
    from truss_runtime.service import Service
    from truss_runtime.shutdown import end_without_stragglers

    try:
        with user_output_aside():
            opened = open_model(path, config, secrets_dir)
            service = Service(opened.source.name, DEFAULT_ENVIRONMENT)
            service.methods = describe(opened.model, opened.source)
    except ModelFailure as failure:
        click.echo(failure.report.to_text(), err=True)
        sys.exit(end_without_stragglers(1))
    found = [{**route, **_origin(service.methods[route["kind"]])} for route in service.account()["routes"]]
    if output == "json":
        document = {"model": service.model, "routes": found}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str))
    else:
        click.echo(_table(found))
    sys.exit(end_without_stragglers(0))


def _origin(method: "Method") -> dict[str, Any]:
    code = getattr(inspect.unwrap(method.function), "__code__", None)
    return {
        "signature": str(inspect.signature(method.function)),
        "file": code.co_filename if code is not None else None,
        "line": code.co_firstlineno if code is not None else None,
    }


def _table(found: Sequence[Mapping[str, Any]]) -> str:
    rows = [HEAD]
    for route in found:
        kind, signature = route["kind"], route["signature"]
        streaming = _STREAMING[route["streaming"]]
        rows.append((kind, route["method"], route["path"], streaming, f"{kind}{signature}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
