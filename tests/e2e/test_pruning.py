"""What changes of spec leave behind goes: former configs, a budget, and revisions once there are many."""

import json
from collections.abc import Callable

from cluster import Kubectl, until
from truss_operator.status.history import LENGTH


def test_former_configs_and_revisions_of_long_ago_are_deleted(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(config={"number": 0}, replicas=0)  # it needs no pods

    def names(kind: str) -> set[str]:
        return {each["metadata"]["name"] for each in kubectl.list(kind, f"trussmodel.dev/name={name}")}

    def new(kind: str, known: set[str]) -> set[str]:
        return until(lambda: names(kind), lambda now: bool(now - known)) - known

    first = new("controllerrevisions", set())
    former = new("configmaps", set())
    later: set[str] = set()
    for number in range(1, LENGTH + 1):
        patch = json.dumps({"spec": {"config": {"number": number}}})
        kubectl("patch", "trussmodel", name, "--type=merge", "--patch", patch)
        later |= new("controllerrevisions", first | later)

    until(lambda: names("controllerrevisions"), lambda now: now == later)
    (kept,) = until(lambda: names("configmaps"), lambda now: len(now) == 1)
    assert kept not in former


def test_disruption_budget_goes_when_there_is_no_replica_to_spare(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    nowhere = {"example.com/node": "none"}
    name = lab(name="budgeted", replicas=2, nodeSelector=nowhere)

    def budgets() -> int:
        return len(kubectl.list("poddisruptionbudgets", f"trussmodel.dev/name={name}"))

    until(budgets, lambda count: count == 1)
    kubectl("scale", "trussmodel", name, "--replicas=1")

    until(budgets, lambda count: count == 0)
