"""``history NAME``: its revisions, and what became of them."""

import json
from datetime import UTC, datetime

import click

from kubectl_trussmodel.commands.arguments import NAME, OUTPUT
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.text import age, table
from kubectl_trussmodel.trussmodel import TrussModel


@click.command()
@NAME
@OUTPUT
@connected
def history(kubectl: Kubectl, name: str, output: str) -> None:
    r"""Prints what became of the last 10 revisions of NAME, the one that spec asks for first.

    `*` marks the one that serves. AGE is the time since it came to its outcome.

    \b
        kubectl trussmodel history echo
        kubectl trussmodel rollback echo --to 3f9a
    """
    model = kubectl.model(name)
    if output == "json":
        click.echo(json.dumps(model.history, indent=2))
    elif model.history:
        click.echo("\n".join(rows(model, datetime.now(UTC))))
    if not model.seen:
        click.echo("The operator has not looked at what spec asks for now: this is from before.", err=True)


def rows(model: TrussModel, now: datetime) -> list[str]:
    """The history as a table."""
    head = ("", "REVISION", "OUTCOME", "REASON", "ROUTES", "AGE", "IMAGE")
    return table(
        head,
        [
            (
                "*" if entry.get("revision") == model.active else "",
                *(entry.get(field) for field in ("revision", "outcome", "reason", "routes")),
                age(entry.get("time"), now),
                entry.get("image"),
            )
            for entry in model.history
        ],
    )
