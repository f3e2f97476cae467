"""``doctor NAME``: why it is not ready, and what to do."""

import json
import sys
from datetime import UTC, datetime

import click

from kubectl_trussmodel.commands.arguments import NAME, OUTPUT
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.diagnosis import Account, Seen, absent, diagnose
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.pods import label
from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.trussmodel import CONTAINER, Json, TrussModel, mapping

_OPERATOR = "app.kubernetes.io/name=trussmodel-operator"
_TAIL = 20


@click.command()
@NAME
@OUTPUT
@connected
def doctor(kubectl: Kubectl, name: str, output: str) -> None:
    r"""Says why NAME is not ready: what failed, with the model's traceback, what still serves, what to do.

    It looks at the status, at the pods and other children, at Events, and for the operator where that seems
    absent. Exits with 0 if what spec asks for serves, and with 1 if not.

    \b
        kubectl trussmodel doctor echo
        kubectl trussmodel doctor echo > /dev/null || echo "not serving"
    """
    model = kubectl.model(name, "--show-managed-fields")
    now = datetime.now(UTC)
    account = diagnose(_look(kubectl, model, now), now)
    if output == "json":
        click.echo(json.dumps(document(model, account), indent=2))
    else:
        click.echo("\n".join(account.text()))
    sys.exit(0 if account.serves else NOT_SO)


def document(model: TrussModel, account: Account) -> Json:
    """The account for a program."""
    return {
        "name": model.name,
        "namespace": model.namespace,
        "serves": account.serves,
        "reason": model.condition("Ready").get("reason"),
        "summary": account.headline,
        "lastFailure": model.status.get("lastFailure"),
        "details": dict(account.sections),
    }


def _look(kubectl: Kubectl, model: TrussModel, now: datetime) -> Seen:
    """Gathers what there is to see; what may not be seen is left out, and stderr says so."""
    children = _listed(kubectl, "deployments.apps,services,pods", f"--selector={label(model)}") or []
    if model.serves:
        return Seen(model, children)
    names = {mapping(child.get("metadata")).get("name") for child in children} | {model.name}
    events = [
        event
        for event in _listed(kubectl, "events") or []
        if _concerns(mapping(event.get("involvedObject")), names, model.name)
    ]
    operators = (
        _listed(kubectl, "deployments.apps", "--all-namespaces", f"--selector={_OPERATOR}", quiet=True)
        if absent(model, now)
        else None
    )
    return Seen(model, children, events, operators, _last_words(kubectl, model))


def _listed(kubectl: Kubectl, kinds: str, *arguments: str, quiet: bool = False) -> list[Json] | None:
    try:
        return kubectl.objects(kinds, *arguments)
    except Problem as error:
        if not quiet:
            click.echo(f"Not looked at: {kinds}. {error.message}", err=True)
        return None


def _concerns(about: Json, names: set[object], name: str) -> bool:
    if about.get("kind") == "ReplicaSet":
        return str(about.get("name", "")).rpartition("-")[0] == name
    return about.get("name") in names


def _last_words(kubectl: Kubectl, model: TrussModel) -> str:
    """The end of the log of the pod that failed, where no traceback says more."""
    failure = mapping(model.status.get("lastFailure"))
    pod = failure.get("pod")
    if not pod or failure.get("traceback") or failure.get("phase") in ("image", "schedule", "config"):
        return ""
    container = failure.get("container") or CONTAINER
    for which in (["--previous"], []):
        try:
            return kubectl.run("logs", str(pod), f"--container={container}", f"--tail={_TAIL}", *which)
        except Problem:
            continue
    return ""
