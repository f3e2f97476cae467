"""The operator holds no state: gone and back, it changes nothing; gone for good, it blocks nothing."""

import json
from collections.abc import Callable, Iterator

import pytest

from cluster import Kubectl, condition, until
from failures import pods_of, warnings_of

pytestmark = pytest.mark.alone

OPERATOR = Kubectl("trussmodel-system")
RELEASE = "trussmodel-operator"
DEPLOYMENT = f"deployment/{RELEASE}"


@pytest.fixture
def without_operator() -> Iterator[None]:
    OPERATOR("scale", DEPLOYMENT, "--replicas=0")
    OPERATOR(
        "wait",
        "pod",
        "--for=delete",
        "--selector=app.kubernetes.io/name=trussmodel-operator,app.kubernetes.io/component=operator",
        "--timeout=60s",
    )
    yield
    OPERATOR("scale", DEPLOYMENT, "--replicas=1")
    OPERATOR("rollout", "status", DEPLOYMENT, "--timeout=120s")


def test_restarted_operator_writes_nothing(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    name = example("echo")
    kinds = ("trussmodel", "deployment", "service")
    before = {kind: kubectl.get(kind, name)["metadata"]["resourceVersion"] for kind in kinds}

    OPERATOR("rollout", "restart", DEPLOYMENT)
    OPERATOR("rollout", "status", DEPLOYMENT, "--timeout=120s")

    assert {kind: kubectl.get(kind, name)["metadata"]["resourceVersion"] for kind in kinds} == before


def test_lease_that_is_deleted_is_made_anew_by_whoever_holds_it() -> None:
    before = OPERATOR.get("lease", RELEASE)
    OPERATOR("delete", "lease", RELEASE)

    (lease,) = until(lambda: OPERATOR.list("lease", ""), bool)
    assert lease["metadata"]["uid"] != before["metadata"]["uid"]
    assert lease["spec"]["holderIdentity"] == before["spec"]["holderIdentity"]


def test_absent_operator_does_not_block_a_deletion(
    kubectl: Kubectl, lab: Callable[..., str], without_operator: None
) -> None:
    name = lab()

    kubectl("delete", "trussmodel", name, "--timeout=20s")

    assert kubectl("get", "trussmodel", name, "--ignore-not-found") == ""


def test_change_made_while_the_operator_was_absent_is_carried_out(
    kubectl: Kubectl, lab: Callable[..., str], request: pytest.FixtureRequest
) -> None:
    name = lab()
    kubectl.wait(name, "Ready")
    OPERATOR("scale", DEPLOYMENT, "--replicas=0")
    try:
        kubectl("patch", "trussmodel", name, "--type=merge", "--patch", json.dumps({"spec": {"replicas": 2}}))
    finally:
        OPERATOR("scale", DEPLOYMENT, "--replicas=1")

    until(
        lambda: kubectl.get("trussmodel", name)["status"],
        lambda status: status["replicasSummary"] == "2/2",
    )


def test_operator_killed_while_a_revision_fails_rolls_it_back_all_the_same(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(name="interrupted")
    kubectl.wait(name, "Ready")
    good = kubectl.get("trussmodel", name)["status"]["activeRevision"]
    broken = [{"name": "LAB_FAIL", "value": "load"}]
    kubectl("patch", "trussmodel", name, "--type=merge", "--patch", json.dumps({"spec": {"env": broken}}))
    until(
        lambda: pods_of(kubectl, name),
        lambda pods: any(
            c["restartCount"] for pod in pods for c in pod["status"].get("containerStatuses", ())
        ),
    )

    OPERATOR("delete", "pods", "--all", "--grace-period=0", "--force")

    model = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: condition(model, "Ready")["reason"] == "RolledBack",
    )
    assert condition(model, "Available")["status"] == "True"
    assert model["status"]["activeRevision"] == good
    assert model["status"]["lastFailure"]["reason"] == "LoadFailed"
    until(lambda: pods_of(kubectl, name), lambda pods: len(pods) == 1)
    assert warnings_of(kubectl, name) == ["LoadFailed", "RolledBack"]
