"""An update under steady load: of a TrussModel, and of a plain Deployment with the same pods.

Both at the same time, so that what else the machine does slows both. The calls of both count from the change
until the old pods of the slower one are gone.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from cluster import Json, Kubectl, condition, until
from failures import trussmodel
from load_pod import LoadPod, Report, load_pod

from .readiness import by_hand

NAMES = ("updated", "updated-by-hand")
REPLICAS = 2


@dataclass(frozen=True, slots=True)
class Update:
    """What came of the calls in one update of each."""

    ours: Report
    theirs: Report


def p95(report: Report, what: str) -> float:
    """Milliseconds that 95 of 100 requests took at most: of `call` or `stream`."""
    taken = [each for kind, taken in report.taken.items() if kind.startswith(what) for each in taken]
    return Report({what: taken}).percentile(what, 95)


def measure(kubectl: Kubectl, rounds: int) -> list[Update]:
    """Updates the two, so often."""
    ours, theirs = NAMES
    kubectl.apply(trussmodel(ours, replicas=REPLICAS, timeouts={"drainSeconds": 10}))
    kubectl.wait(ours, "Ready")
    built = kubectl.get("deployment", ours)["spec"]
    kubectl.apply({"apiVersion": "v1", "kind": "List", "items": by_hand(built, theirs)})
    kubectl("rollout", "status", f"deployment/{theirs}", "--timeout=120s")
    try:
        with (
            load_pod(kubectl, f"http://{ours}", name="load") as load,
            load_pod(kubectl, f"http://{theirs}", name="load-by-hand") as load_by_hand,
        ):
            return [_update(kubectl, load, load_by_hand, number) for number in range(rounds)]
    finally:
        kubectl("delete", "trussmodel", ours, "--wait=false")
        kubectl("delete", "deployment,service", theirs, "--wait=false")


def _update(kubectl: Kubectl, load: LoadPod, load_by_hand: LoadPod, number: int) -> Update:
    ours, theirs = NAMES
    variable = [{"name": "REVISION", "value": str(number)}]
    by_type = {"spec": {"env": variable}}
    container = {"name": "model", "env": variable}
    by_template = {"spec": {"template": {"spec": {"containers": [container]}}}}
    begun = datetime.now(UTC)
    kubectl("patch", "trussmodel", ours, "--type=merge", "--patch", json.dumps(by_type))
    kubectl("patch", "deployment", theirs, "--type=strategic", "--patch", json.dumps(by_template))
    generation = kubectl.get("trussmodel", ours)["metadata"]["generation"]

    def serves(model: Json) -> bool:
        ready = condition(model, "Ready")
        return bool(ready["status"] == "True" and ready["observedGeneration"] == generation)

    until(lambda: kubectl.get("trussmodel", ours), serves)
    kubectl("rollout", "status", f"deployment/{theirs}", "--timeout=120s")
    for selector in (f"trussmodel.dev/name={ours}", f"app={theirs}"):
        until(partial(kubectl.list, "pods", selector), lambda pods: len(pods) == REPLICAS)
    return Update(load.report(begun), load_by_hand.report(begun))
