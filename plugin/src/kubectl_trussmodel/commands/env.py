"""``env NAME``: what OpenAI clients read from the environment, for a shell or for one command."""

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping

import click

from kubectl_trussmodel.commands.arguments import NAME
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.forward import forwarded
from kubectl_trussmodel.keys import key_of
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.text import safe
from kubectl_trussmodel.trussmodel import TrussModel

_NO_KEY = "none"
"""OpenAI's clients refuse an empty key."""
_IN_A_POD = "KUBERNETES_SERVICE_HOST"
"""The kubelet sets it in every container."""


@click.command()
@NAME
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option(
    "--port-forward",
    is_flag=True,
    help="Lead a port of this machine to the model, until the command or Ctrl-C ends it.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="That port; 0 takes a free one.",
)
@click.option("--api-key", envvar="TRUSSMODEL_API_KEY", help="The key.  [default: from spec.auth's Secret]")
@click.option("--shell", type=click.Choice(["sh", "fish"]), default="sh", help="Whose grammar to print.")
@connected
def env(
    kubectl: Kubectl,
    name: str,
    command: tuple[str, ...],
    port_forward: bool,
    port: int,
    api_key: str | None,
    shell: str,
) -> None:
    r"""Prints OPENAI_BASE_URL and OPENAI_API_KEY of NAME for a shell, or runs a COMMAND with them.

    The URL is the one inside the cluster. From outside it takes --port-forward, which holds a port open: for
    as long as COMMAND runs, or without one until Ctrl-C.

    \b
        eval "$(kubectl trussmodel env echo)"                          in a pod
        kubectl trussmodel env echo --port-forward -- python ask.py    at a desk
        kubectl trussmodel env echo --port-forward                     at a desk, for another terminal
    """
    model = kubectl.model(name)
    key = api_key or key_of(kubectl, model) or _NO_KEY
    if not port_forward:
        base = str(model.status.get("openaiBaseURL") or f"http://{model.name}.{model.namespace}.svc/v1")
        variables = {"OPENAI_BASE_URL": base, "OPENAI_API_KEY": key}
        if ".svc/" in base and _IN_A_POD not in os.environ:
            forward = kubectl.command("env", name)
            click.echo(
                f"{base} answers inside the cluster only; from here: `{forward} --port-forward`.", err=True
            )
        if command:
            sys.exit(_run(command, variables))
        click.echo(safe(exports(variables, shell)))
        return
    _check(model)
    with forwarded(kubectl, name, port) as (base, process):
        variables = {"OPENAI_BASE_URL": f"{base}/v1", "OPENAI_API_KEY": key}
        if command:
            sys.exit(_run(command, variables))
        try:  # whoever has read the first line may interrupt
            click.echo(safe(exports(variables, shell)))
            click.echo(f"{base} leads to {name} until Ctrl-C.", err=True)
            process.wait()
        except KeyboardInterrupt:
            return
    raise Problem("The port-forward ended: its pod is gone. Begin it anew.", NOT_SO)


def exports(variables: Mapping[str, str], shell: str) -> str:
    """The lines for a shell to evaluate."""
    form = "set -gx {} {}" if shell == "fish" else "export {}={}"
    return "\n".join(form.format(name, shlex.quote(value)) for name, value in variables.items())


def _check(model: TrussModel) -> None:
    if not model.holds("Available"):
        raise Problem(f"{model.name} does not serve. {model.reason()}", NOT_SO)


def _run(command: tuple[str, ...], variables: Mapping[str, str]) -> int:
    try:
        # S603: the command is what the user asked to run
        return subprocess.run(command, env={**os.environ, **variables}, check=False).returncode  # noqa: S603
    except OSError as error:
        raise Problem(f"{command[0]} cannot be run: {error.strerror}.", NOT_SO) from None
