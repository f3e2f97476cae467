"""``routes NAME``: what the model answers now."""

import json
import sys

import click

from kubectl_trussmodel.commands.arguments import NAME, OUTPUT
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NOT_SO
from kubectl_trussmodel.text import one_line, table
from kubectl_trussmodel.trussmodel import Json, TrussModel

_STREAMING = {True: "yes", False: "no", None: "a call tells"}


@click.command()
@NAME
@OUTPUT
@connected
def routes(kubectl: Kubectl, name: str, output: str) -> None:
    r"""Prints the routes that NAME answers.

    They are those of the revision that serves, which may be an older one than spec asks for; stderr says so
    then. Exits with 1 if nothing serves.

    \b
        kubectl trussmodel routes echo
        kubectl trussmodel routes echo -o json | jq -r .openaiBaseURL
    """
    model = kubectl.model(name)
    if output == "json":
        click.echo(json.dumps(document(model), indent=2))
    elif model.routes:
        click.echo("\n".join(rows(model)))
    if not model.serves:
        older = f"Revision {model.active} serves. " if model.active else ""
        click.echo(one_line(f"{older}{name} is not ready. {model.reason()}"), err=True)
    sys.exit(0 if model.holds("Available") and model.routes else NOT_SO)


def rows(model: TrussModel) -> list[str]:
    """The routes as a table."""
    head = ("KIND", "METHOD", "PATH", "STREAMING")
    return table(
        head, [(*_cells(route), _STREAMING.get(route.get("streaming"), "-")) for route in model.routes]
    )


def document(model: TrussModel) -> Json:
    """The routes for a program."""
    told = ("url", "openaiBaseURL", "model", "environment", "activeRevision")
    return {
        "name": model.name,
        "namespace": model.namespace,
        "ready": model.serves,
        **{field: model.status.get(field) for field in told},
        "routes": model.routes,
    }


def _cells(route: Json) -> tuple[object, object, object]:
    return route.get("kind"), route.get("method"), route.get("path")
