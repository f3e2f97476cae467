"""Models that end, hang or fall ill: while they load, and after they have served."""

from collections.abc import Iterator

import pytest

from cluster import Json, Kubectl, condition, until
from failures import applied, ask, events_of, failure_of, pods_of, trussmodel, warnings_of

SMALL = {"limits": {"memory": "160Mi"}}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    yield from applied(
        kubectl,
        trussmodel("memory-in-load", env={"LAB_FAIL": "memory"}, resources=SMALL),
        trussmodel("exit-in-load", env={"LAB_FAIL": "exit"}),
        trussmodel("done-in-load", env={"LAB_FAIL": "done"}),
        trussmodel("segfault-in-load", env={"LAB_FAIL": "segfault"}),
        trussmodel("slow-load", env={"LAB_LOAD_SECONDS": "600"}, timeouts={"loadSeconds": 3}),
        trussmodel("memory-in-service", resources=SMALL),
        trussmodel("loop-in-service"),
        trussmodel("ill"),
        trussmodel("frozen", probes={"readiness": {"timeoutSeconds": 1}}),
        trussmodel("blocked"),
        trussmodel("hung", probes={"readiness": {"timeoutSeconds": 1}, "liveness": {"periodSeconds": 5}}),
        trussmodel("one-of-two", replicas=2),
    )


def test_memory_that_load_takes_beyond_its_limit_is_named(cluster: Kubectl) -> None:
    assert "limits.memory" in failure_of(cluster, "memory-in-load", "OutOfMemory")["message"]


def test_exit_without_a_word_is_a_crash_with_the_exit_code(cluster: Kubectl) -> None:
    assert failure_of(cluster, "exit-in-load", "Crashed")["exitCode"] == 7


def test_exit_as_if_all_were_done_is_named(cluster: Kubectl) -> None:
    assert failure_of(cluster, "done-in-load", "ExitedEarly")["exitCode"] == 0


def test_end_by_a_signal_names_it(cluster: Kubectl) -> None:
    assert "SIGSEGV" in failure_of(cluster, "segfault-in-load", "Crashed")["message"]


def test_load_that_takes_too_long_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "slow-load", "LoadTimeout")

    assert "loadSeconds" in failure["message"]


def test_out_of_memory_while_serving_is_an_event_and_recovers(cluster: Kubectl) -> None:
    cluster.wait("memory-in-service", "Ready")

    ask(cluster, "memory-in-service", {"memory": True})

    until(lambda: warnings_of(cluster, "memory-in-service"), lambda seen: "OutOfMemory" in seen)
    cluster.wait("memory-in-service", "Ready")
    status = cluster.get("trussmodel", "memory-in-service")["status"]
    assert "lastFailure" not in status
    assert warnings_of(cluster, "memory-in-service") == ["OutOfMemory"]


def test_model_that_says_that_it_is_ill_is_unhealthy(cluster: Kubectl) -> None:
    cluster.wait("ill", "Ready")

    ask(cluster, "ill", {"ill": True})

    failure_of(cluster, "ill", "Unhealthy")


def test_model_that_holds_the_interpreter_is_unresponsive(cluster: Kubectl) -> None:
    cluster.wait("frozen", "Ready")

    ask(cluster, "frozen", {"freeze": 90})

    failure_of(cluster, "frozen", "Unresponsive")


def test_method_that_blocks_the_event_loop_is_named_and_recovery_clears_it(cluster: Kubectl) -> None:
    cluster.wait("blocked", "Ready")

    ask(cluster, "blocked", {"block": 30})

    failure = failure_of(cluster, "blocked", "Unresponsive")
    assert "blocked" in failure["message"]
    assert "Model.predict" in failure["message"]
    failed = condition(cluster.get("trussmodel", "blocked"), "Ready")["lastTransitionTime"]
    cluster.wait("blocked", "Ready")
    model = cluster.get("trussmodel", "blocked")
    assert "lastFailure" not in model["status"]
    assert condition(model, "Ready")["lastTransitionTime"] > failed
    assert condition(model, "Available")["lastTransitionTime"] > failed
    assert warnings_of(cluster, "blocked") == ["Unresponsive"]


def test_container_that_hangs_is_ended_without_its_grace_period(cluster: Kubectl) -> None:
    cluster.wait("hung", "Ready")

    ask(cluster, "hung", {"freeze": 600})

    failure_of(cluster, "hung", "Unresponsive")
    until(
        lambda: pods_of(cluster, "hung")[0]["status"]["containerStatuses"][0],
        lambda status: status["restartCount"] == 1 and status["ready"],
        100,
    )
    cluster.wait("hung", "Ready")
    (pod,) = pods_of(cluster, "hung")
    assert pod["spec"]["terminationGracePeriodSeconds"] > 120
    told = [event for event in events_of(cluster, "hung") if event["type"] == "Warning"]
    assert [event["reason"] for event in told] == ["Unresponsive"]


def test_one_pod_of_two_that_fails_is_no_outage(cluster: Kubectl) -> None:
    cluster.wait("one-of-two", "Ready")
    before = condition(cluster.get("trussmodel", "one-of-two"), "Available")["lastTransitionTime"]

    ask(cluster, "one-of-two", {"ill": True})

    failure_of(cluster, "one-of-two", "Unhealthy")
    model = cluster.get("trussmodel", "one-of-two")
    available = condition(model, "Available")
    assert (available["status"], available["lastTransitionTime"]) == ("True", before)
    assert condition(model, "RoutesDiscovered")["status"] == "True"
    assert (model["status"]["replicasSummary"], model["status"]["readyReplicas"]) == ("1/2", 1)
    assert warnings_of(cluster, "one-of-two") == ["Unhealthy"]


def test_model_that_ends_again_and_again_after_it_served_loops(cluster: Kubectl) -> None:
    cluster.wait("loop-in-service", "Ready")
    for end in range(3):
        ask(cluster, "loop-in-service", {"crash": 3})
        until(
            lambda: pods_of(cluster, "loop-in-service"),
            lambda pods, end=end: ends(pods) > end,  # type: ignore[misc]  # a default in a lambda
        )
        if end < 2:
            until(
                lambda: pods_of(cluster, "loop-in-service"),
                lambda pods: pods[0]["status"]["containerStatuses"][0]["ready"],
            )

    assert failure_of(cluster, "loop-in-service", "CrashLoop")["exitCode"] == 3
    assert condition(cluster.get("trussmodel", "loop-in-service"), "Stalled")["status"] == "True"
    assert warnings_of(cluster, "loop-in-service")[0] == "Crashed"  # told, although it soon served again


def ends(pods: list[Json]) -> int:
    """How often the container of the only pod has ended."""
    status = pods[0]["status"]["containerStatuses"][0]
    return int(status["restartCount"]) + ("running" not in status["state"])
