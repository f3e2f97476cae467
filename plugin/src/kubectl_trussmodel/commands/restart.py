"""``restart NAME``: new pods of the same image."""

from datetime import UTC, datetime

import click

from kubectl_trussmodel.commands.arguments import NAME
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl


@click.command()
@NAME
@connected
def restart(kubectl: Kubectl, name: str) -> None:
    r"""Replaces the pods of NAME, as a rollout: the old ones serve until the new ones are ready.

    It sets spec.rollout.restartedAt, which makes a new revision of the same pods. A revision that failed is
    tried again so.

    \b
        kubectl trussmodel restart echo && kubectl trussmodel wait echo
    """
    model = kubectl.model(name)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kubectl.patch(model, "merge", {"spec": {"rollout": {"restartedAt": now}}})
    click.echo(f"{name} is restarted.")
    if model.spec.get("paused"):
        click.echo("Rollouts of it are paused: nothing happens until spec.paused is false.", err=True)
