"""``rollback NAME``: spec asks for an earlier revision again."""

import click

from kubectl_trussmodel.commands.arguments import NAME, TO
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NOT_SO, NotFound, Problem
from kubectl_trussmodel.revisions import changes, restored, target
from kubectl_trussmodel.text import one_line
from kubectl_trussmodel.trussmodel import mapping


@click.command()
@NAME
@TO
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@connected
def rollback(kubectl: Kubectl, name: str, to: str | None, dry_run: bool) -> None:
    r"""Writes the spec of an earlier revision of NAME back.

    The number of replicas, the rollout's rules and whether it is paused stay as they are now. Where a
    repository is the source of the TrussModel (Argo CD, Flux), change it there: it would set this back.

    \b
        kubectl trussmodel history echo
        kubectl trussmodel rollback echo --to 3f9a --dry-run
        kubectl trussmodel rollback echo && kubectl trussmodel wait echo
    """
    model = kubectl.model(name)
    revision = target(model, to, kubectl.command("doctor", name))
    try:
        stored = kubectl.json("get", "controllerrevisions.apps", f"{name}-{revision}")
    except NotFound:
        raise Problem(f"Revision {revision} is no longer stored: correct spec by hand.", NOT_SO) from None
    spec = restored(model.spec, mapping(mapping(stored.get("data")).get("spec")))
    told = changes(model.spec, spec)
    if not dry_run:
        version = model.metadata.get("resourceVersion")
        kubectl.patch(
            model,
            "json",
            [
                {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                {"op": "replace", "path": "/spec", "value": spec},
            ],
        )
    done = "would ask" if dry_run else "asks"
    click.echo(f"{name} {done} for revision {revision} instead of {model.wanted}.")
    for line in told:
        click.echo(f"  {one_line(line)}")
    if model.spec.get("paused"):
        click.echo("Rollouts of it are paused: nothing happens until spec.paused is false.", err=True)
