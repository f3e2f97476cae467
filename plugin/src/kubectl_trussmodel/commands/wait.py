"""``wait NAME``: until it serves, or until waiting is no use."""

import sys
import time
from collections.abc import Iterator

import click

from kubectl_trussmodel.commands.arguments import NAME, Duration, RouteKind, complete_kinds
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NOT_SO, NotFound, Problem
from kubectl_trussmodel.progress import Progress
from kubectl_trussmodel.text import one_line
from kubectl_trussmodel.trussmodel import RESOURCE, Json, TrussModel
from kubectl_trussmodel.waiting import Standing, standing
from kubectl_trussmodel.watching import watch

_ABSENT_SECONDS = 10
"""For how long an operator that works may not have looked at a change."""


@click.command()
@NAME
@click.option(
    "--for-route",
    "kinds",
    multiple=True,
    type=RouteKind(),
    shell_complete=complete_kinds,
    metavar="KIND",
    help="Wait until it serves that kind of route; may be repeated.  [default: until it is Ready]",
)
@click.option("--timeout", type=Duration(), default="10m", help="How long to wait, as 90s or 5m.")
@connected
def wait(kubectl: Kubectl, name: str, kinds: tuple[str, ...], timeout: float) -> None:
    r"""Waits until NAME serves what its spec asks for.

    With --for-route one ready pod that answers the route is enough. It ends at once, with 1, when waiting is
    no use: when the TrussModel is Stalled, or serves and lacks the route. On a terminal it shows meanwhile
    what is being waited for.

    \b
        kubectl apply -f trussmodel.yaml && kubectl trussmodel wait echo --timeout 5m
        kubectl trussmodel wait echo --for-route chat_completions
    """
    model = kubectl.model(name)
    deadline, began = time.monotonic() + timeout, time.monotonic()
    with Progress() as progress:
        for event in _watched(kubectl, name):
            if event is not None:
                change, document = event
                if change == "DELETED":
                    raise Problem(f"{name} was deleted.", NOT_SO)
                model = TrussModel(document)
                now = standing(model, kinds)
                if now.over:
                    progress.clear()
                    click.echo(one_line(now.words), err=not now.good)
                    sys.exit(0 if now.good else NOT_SO)
            now = standing(model, kinds)
            words = _unseen(now, model, time.monotonic() - began, kubectl.command("doctor", name))
            progress.say(words)
            if time.monotonic() >= deadline:
                raise Problem(f"{name} is not as asked after {timeout:g} s. {words}", NOT_SO)


def _watched(kubectl: Kubectl, name: str) -> Iterator[tuple[str, Json] | None]:
    """The changes; an object that has gone while no watch was open ends them like one that goes."""
    try:
        yield from watch(kubectl, RESOURCE, name)
    except NotFound:
        yield "DELETED", {}


def _unseen(now: Standing, model: TrussModel, seconds: float, doctor: str) -> str:
    if model.seen or seconds < _ABSENT_SECONDS:
        return now.words
    return f"{now.words} Is it running? `{doctor}` says."
