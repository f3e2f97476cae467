"""A revision that fails on a real cluster gives way to the last good one, and users notice nothing."""

import json
from collections.abc import Callable

import pytest

from cluster import Json, Kubectl, condition, until

OPERATOR = Kubectl("trussmodel-system")


def change(kubectl: Kubectl, name: str, **spec: object) -> None:
    kubectl("patch", "trussmodel", name, "--type=merge", "--patch", json.dumps({"spec": spec}))


def variables(**values: str) -> list[dict[str, str]]:
    return [{"name": key, "value": value} for key, value in values.items()]


def reason(kubectl: Kubectl, name: str, wanted: str, seconds: float = 90) -> Json:
    return until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: condition(model, "Ready").get("reason") == wanted,
        seconds,
    )


def test_failing_revisions_are_rolled_back(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(name="rolled-back")
    kubectl.wait(name, "Ready")
    good = kubectl.get("trussmodel", name)["status"]["activeRevision"]

    change(kubectl, name, env=variables(LAB_FAIL="import"))
    model = reason(kubectl, name, "RolledBack")
    assert model["status"]["lastFailure"]["reason"] == "ImportError"
    assert condition(model, "Available")["status"] == "True"
    change(kubectl, name, env=variables(LAB_FAIL="load"))
    until(
        lambda: kubectl.get("trussmodel", name)["status"],
        lambda status: [each["outcome"] for each in status["history"]] == ["Failed", "Failed", "Succeeded"],
    )
    model = reason(kubectl, name, "RolledBack")

    assert model["status"]["activeRevision"] == good
    assert model["spec"]["env"] == variables(LAB_FAIL="load")
    assert model["status"]["history"][0]["reason"] == "LoadFailed"


@pytest.mark.alone
def test_restarted_operator_and_lost_status_try_nothing_again(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(name="remembered")
    kubectl.wait(name, "Ready")
    change(kubectl, name, env=variables(LAB_FAIL="import"))
    before = reason(kubectl, name, "RolledBack")["status"]
    generation = kubectl.get("deployment", name)["metadata"]["generation"]

    OPERATOR("rollout", "restart", "deployment/trussmodel-operator")
    OPERATOR("rollout", "status", "deployment/trussmodel-operator", "--timeout=120s")
    kubectl("scale", "trussmodel", name, "--replicas=2")
    until(lambda: kubectl.get("trussmodel", name)["status"]["replicasSummary"], lambda shown: shown == "2/2")
    assert kubectl.get("deployment", name)["metadata"]["generation"] == generation + 1
    lost = {key: None for key in before if key != "observedGeneration"}
    patch = json.dumps({"status": {**lost, "observedGeneration": -1}})
    kubectl("patch", "trussmodel", name, "--subresource=status", "--type=merge", "--patch", patch)

    model = reason(kubectl, name, "RolledBack")
    assert model["status"]["history"] == before["history"]
    assert model["status"]["lastFailure"] == before["lastFailure"]
    assert kubectl.get("deployment", name)["metadata"]["generation"] == generation + 1


def test_without_rollback_the_failed_pod_stays_out_of_traffic(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(name="kept", rollout={"rollback": "Never"})
    kubectl.wait(name, "Ready")

    change(kubectl, name, env=variables(LAB_FAIL="import"))

    model = reason(kubectl, name, "ImportError")
    assert condition(model, "Available")["status"] == "True"
    assert condition(model, "Stalled")["status"] == "True"
    assert len(kubectl.list("pods", f"trussmodel.dev/name={name}")) == 2


def test_recreate_restores_the_good_revision_too(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(name="recreated", rollout={"strategy": "Recreate"})
    kubectl.wait(name, "Ready")

    change(kubectl, name, env=variables(LAB_FAIL="import"))

    reason(kubectl, name, "RolledBack")
    kubectl.wait(name, "Available")


def test_required_route_that_is_missing_never_takes_traffic(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab(name="required", requiredRoutes=["completions"])
    kubectl.wait(name, "Ready")

    change(kubectl, name, env=variables(LAB_ROUTES="predict"))

    model = reason(kubectl, name, "RolledBack")
    assert model["status"]["lastFailure"]["reason"] == "RequiredRouteMissing"
    assert "completions" in model["status"]["routesSummary"]


def test_paused_change_waits_and_a_restart_follows(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(name="paused")
    kubectl.wait(name, "Ready")
    before = kubectl.get("trussmodel", name)["status"]["activeRevision"]
    change(kubectl, name, paused=True)
    kubectl.wait(name, "Ready")

    change(kubectl, name, rollout={"restartedAt": "2026-01-31T12:00:00Z"})
    model = until(
        lambda: kubectl.get("trussmodel", name), lambda model: condition(model, "Ready")["status"] == "False"
    )
    assert condition(model, "Ready")["reason"] == "Paused"
    assert model["status"]["activeRevision"] == before
    change(kubectl, name, paused=False)

    model = reason(kubectl, name, "Serving")
    assert model["status"]["activeRevision"] != before


def test_dropped_route_is_told(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(name="dropped")
    kubectl.wait(name, "Ready")

    change(kubectl, name, env=variables(LAB_ROUTES="predict"))

    model = until(
        lambda: kubectl.get("trussmodel", name),
        lambda model: "no longer serves" in condition(model, "Ready")["message"],
    )
    assert condition(model, "Ready")["status"] == "True"
    events = json.loads(kubectl("get", "events", "--output", "json"))["items"]
    assert [e["reason"] for e in events if e["reason"] == "RoutesDropped"] == ["RoutesDropped"]
