"""Rollouts that get no further: the deadline, what is known of the cause, and pods on probation."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from cluster import Json, Kubectl, condition, until
from failures import applied, failure_of, pods_of, trussmodel, warnings_of

SHORT, SECONDS = {"progressDeadlineSeconds": 8}, {"loadSeconds": 5}
GATE = {"readinessGates": [{"conditionType": "example.com/approved"}]}
HELD = {"schedulingGates": [{"name": "example.com/approved"}]}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    yield from applied(
        kubectl,
        trussmodel("never-ready", rollout=SHORT, timeouts=SECONDS, podTemplate={"spec": GATE}),
        trussmodel("held", rollout=SHORT, timeouts=SECONDS, podTemplate={"spec": HELD}),
        trussmodel("no-room", rollout=SHORT, timeouts=SECONDS, nodeSelector={"trussmodel.dev/absent": "yes"}),
        trussmodel("on-probation", rollout={"minReadySeconds": 6}),
    )


def stalled(cluster: Kubectl, name: str) -> Json:
    cluster.wait(name, "Stalled")
    return condition(cluster.get("trussmodel", name), "Stalled")


def test_pods_that_run_and_never_turn_ready_are_named_at_the_deadline(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "never-ready", "ReadinessTimeout")

    assert "the model is ready, and something else of the pod is not" in failure["message"]
    assert stalled(cluster, "never-ready")["reason"] == "ReadinessTimeout"
    assert warnings_of(cluster, "never-ready") == ["ReadinessTimeout"]


def test_deadline_that_passes_is_told_with_what_holds_the_pods(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "held", "ProgressDeadlineExceeded")

    assert "gates" in failure["message"]
    assert stalled(cluster, "held")["reason"] == "ProgressDeadlineExceeded"


def test_cause_that_may_pass_by_itself_stalls_at_the_deadline_and_stays_the_reason(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-room", "Unschedulable")

    assert stalled(cluster, "no-room")["reason"] == "Unschedulable"
    assert cluster.get("trussmodel", "no-room")["status"]["lastFailure"] == failure
    assert warnings_of(cluster, "no-room") == ["Unschedulable"]


def test_pod_that_turns_ready_after_the_deadline_serves(cluster: Kubectl) -> None:
    failure_of(cluster, "never-ready", "ReadinessTimeout")

    (pod,) = pods_of(cluster, "never-ready")
    approved = '{"status": {"conditions": [{"type": "example.com/approved", "status": "True"}]}}'
    cluster("patch", "pod", pod["metadata"]["name"], "--subresource=status", "--patch", approved)

    cluster.wait("never-ready", "Ready")
    status = cluster.get("trussmodel", "never-ready")["status"]
    assert "lastFailure" not in status
    assert warnings_of(cluster, "never-ready") == ["ReadinessTimeout"]


def test_pod_counts_when_it_has_been_ready_for_as_long_as_asked(cluster: Kubectl) -> None:
    until(
        lambda: cluster.get("trussmodel", "on-probation")["status"],
        lambda status: status.get("readyReplicas") == 1,
    )
    cluster.wait("on-probation", "Ready")

    model, (pod,) = cluster.get("trussmodel", "on-probation"), pods_of(cluster, "on-probation")
    ready = [since(condition(each, "Ready")) for each in (pod, model)]
    assert (ready[1] - ready[0]).total_seconds() >= 5  # times are cut to whole seconds
    assert since(condition(model, "Available")) == ready[1]


def since(condition: Json) -> datetime:
    return datetime.fromisoformat(condition["lastTransitionTime"])
