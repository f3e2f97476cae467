"""Arguments and options that several commands have, with what completes them in a shell."""

import re
from typing import Any

import click
from click.shell_completion import CompletionItem

from kubectl_trussmodel.commands.connection import kubectl_of
from kubectl_trussmodel.kinds import KINDS, kind_named, nearest
from kubectl_trussmodel.problem import Problem
from kubectl_trussmodel.text import one_line

_PREFIX = re.compile(r"^(?:trussmodels?(?:\.trussmodel\.dev)?|tm)/")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


class Duration(click.ParamType[float]):
    """A length of time in seconds, written as kubectl does: ``90s``, ``5m``, ``1h30m``, or a number."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Reads it."""
        parts = re.findall(r"(\d+(?:\.\d+)?)([hms]?)", str(value))
        if not parts or "".join(number + unit for number, unit in parts) != str(value):
            self.fail(f"{value!r} is no length of time: write 90s, 5m or 1h30m.", param, ctx)
        return sum(float(number) * _SECONDS[unit] for number, unit in parts)


class RouteKind(click.ParamType[str]):
    """A kind of route; ``chat`` is taken for ``chat_completions``, as `call` takes it."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Reads it."""
        kind = kind_named(str(value))
        if kind is None:
            near = nearest(str(value))
            meant = f"Did you mean {near}?" if near else f"There are {', '.join(KINDS)}."
            self.fail(f"{value!r} is no kind of route. {meant}", param, ctx)
        return kind


def _names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        names = kubectl_of(context).names()
    except Problem:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _revisions(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    try:
        history = kubectl_of(context).model(str(context.params.get("name"))).history
    except Problem:
        return []
    return [
        CompletionItem(entry["revision"], help=one_line(f"{entry.get('outcome')} {entry.get('image')}"))
        for entry in history[1:]
        if str(entry.get("revision", "")).startswith(incomplete)
    ]


def complete_kinds(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Completes the name of a kind of route."""
    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


def _name(_: click.Context, __: click.Parameter, value: str) -> str:
    return _PREFIX.sub("", value)


NAME = click.argument("name", callback=_name, shell_complete=_names)
"""Name of a TrussModel; ``trussmodel/NAME`` and ``tm/NAME`` are taken, too."""

TO = click.option(
    "--to",
    metavar="REVISION",
    shell_complete=_revisions,
    help="The revision, or the beginning of its name.  [default: the last good one before]",
)

OUTPUT = click.option(
    "--output", "-o", type=click.Choice(["table", "json"]), default="table", help="How to print it."
)
