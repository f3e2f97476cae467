"""``logs NAME``: what all its pods wrote, and what they go on to write."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kubectl_trussmodel.commands.arguments import NAME
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.pods import began, ended_before, label
from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.trussmodel import CONTAINER, Json
from kubectl_trussmodel.watching import watch

if TYPE_CHECKING:
    import subprocess


@click.command()
@NAME
@click.option("--follow", "-f", is_flag=True, help="Go on with what comes, from new pods too, until Ctrl-C.")
@click.option("--previous", "-p", is_flag=True, help="Of the containers that ended before the present ones.")
@click.option("--container", "-c", default=CONTAINER, help="Of that container.")
@click.option("--tail", type=click.IntRange(-1), default=-1, help="Only so many last lines; -1 all.")
@click.option("--since", help="Only what is newer than that, as 10m.")
@click.option("--timestamps", is_flag=True, help="Begin each line with its time.")
@click.option(
    "--prefix/--no-prefix",
    default=None,
    help="Begin each line with its pod.  [default: if there are several]",
)
@connected
def logs(
    kubectl: Kubectl,
    name: str,
    follow: bool,
    previous: bool,
    container: str,
    tail: int,
    since: str | None,
    timestamps: bool,
    prefix: bool | None,
) -> None:
    r"""Prints the logs of all pods of NAME.

    \b
        kubectl trussmodel logs echo -f
        kubectl trussmodel logs echo --previous --tail 50
    """
    if follow and previous:
        raise click.UsageError(
            "A container that has ended is not followed: leave out --follow or --previous."
        )
    selector = label(kubectl.model(name))
    common = [f"--container={container}", *(["--timestamps"] if timestamps else [])]
    if follow:
        recent = [f"--tail={tail}", *([f"--since={since}"] if since else [])]
        _follow(kubectl, selector, container, common, recent, prefix=prefix is not False)
        return
    pods = kubectl.objects("pods", f"--selector={selector}")
    if not pods:
        raise Problem(f"{name} has no pods. `{kubectl.command('doctor', name)}` says why.", NOT_SO)
    common += [f"--tail={tail}", *([f"--since={since}"] if since else [])]
    common += ["--previous"] if previous else []
    if prefix or (prefix is None and len(pods) > 1):
        common.append("--prefix")
    if not sum(_print(kubectl, pod, container, common, ended_before if previous else began) for pod in pods):
        what = "has ended before" if previous else "has begun"
        more = kubectl.command("doctor", name)
        raise Problem(f"No container of {name} {what}. `{more}` says more.", NOT_SO)


def _print(
    kubectl: Kubectl, pod: Json, container: str, options: list[str], there: Callable[[Json, str], str]
) -> bool:
    """Prints the log of one pod, if there is one; says whether there was."""
    if not there(pod, container):
        return False
    return kubectl.start("logs", pod["metadata"]["name"], *options, stdout=None).wait() == 0


def _follow(
    kubectl: Kubectl, selector: str, container: str, common: list[str], recent: list[str], *, prefix: bool
) -> None:
    """Follows each container from when it begins; one that is started again is another."""
    options = [*common, "--follow", *(["--prefix"] if prefix else [])]
    # Only of these is there anything from before.
    old = {began(pod, container) for pod in kubectl.objects("pods", f"--selector={selector}")}
    followed: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for event in watch(kubectl, "pods", f"--selector={selector}"):
            if event is None:
                continue
            change, pod = event
            found = began(pod, container)
            if change == "DELETED" or not found or found in followed:
                continue
            bounds = recent if found in old else []
            followed[found] = kubectl.start("logs", pod["metadata"]["name"], *options, *bounds, stdout=None)
    except KeyboardInterrupt:
        return
    finally:
        for process in followed.values():
            process.terminate()
        for process in followed.values():
            process.wait()
