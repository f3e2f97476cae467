"""Failures that containers do not tell: of the pod as a whole, in its Events, in its runtime's words."""

from typing import Any

import pytest

from observed import (
    Json,
    computed,
    deployment,
    ended,
    lost,
    pod,
    progressing,
    serving,
    told,
    truss_model,
    with_status,
    word,
)
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation, PodEvent, Signs

MODEL = truss_model()
REVISION = revision_of(MODEL)
NAME = "echo-5f6d-x2x"
CREATING: Json = {"state": {"waiting": {"reason": "ContainerCreating"}}}
ABSENT: Json = {"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}
RUNNING: Json = {"started": True}


def event(reason: str, note: str, time: str = "2026-01-31T11:59:31Z") -> PodEvent:
    return PodEvent(reason, note, time)


def status_of(container: Json, *events: PodEvent, served: bool = False, **signs: Any) -> Json:
    model = serving(MODEL) if served else MODEL
    stuck = pod(REVISION, **container)
    signs_by_pod = {NAME: Signs(events, **signs)}
    return computed(model, Observation(deployment(model), (stuck,), signs=signs_by_pod))


def unscheduled(message: str) -> Json:
    waiting = pod(REVISION)
    waiting["status"] = {
        "phase": "Pending",
        "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}
        ],
    }
    return waiting


def evicted(created: str) -> Json:
    gone = pod(REVISION, name="gone")
    gone["metadata"]["creationTimestamp"] = created
    gone["status"] = {
        "phase": "Failed",
        "reason": "Evicted",
        "message": "The node was low on resource: memory.",
    }
    return gone


def test_a_pod_without_a_node_is_told_in_the_scheduler_s_words() -> None:
    words = "0/1 nodes are available: 1 Insufficient cpu."
    status = computed(MODEL, Observation(deployment(MODEL), (unscheduled(words),)))
    assert word(status, "Ready") == ("False", "Unschedulable")
    assert word(status, "Reconciling") == ("True", "Unschedulable")
    assert words in status["lastFailure"]["message"]


def test_a_claim_that_is_missing_is_no_matter_of_nodes() -> None:
    words = '0/1 nodes are available: persistentvolumeclaim "weights" not found. not found'
    status = computed(MODEL, Observation(deployment(MODEL), (unscheduled(words),)))
    assert word(status, "Ready") == ("False", "ConfigMissing")
    assert 'persistentvolumeclaim "weights" not found.' in status["lastFailure"]["message"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('pods "echo-x" is forbidden: exceeded quota: few, requested: pods=1, used: pods=0', "PodRefused"),
        ('pods "echo-x" is forbidden: violates PodSecurity "restricted:latest"', "PodRefused"),
        (
            'pods "echo-" is forbidden: error looking up service account ml/s: serviceaccount "s" not found',
            "ConfigMissing",
        ),
    ],
)
def test_a_pod_that_is_not_even_created(message: str, expected: str) -> None:
    conditions = [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message},
        *progressing("ReplicaSetUpdated"),
    ]
    status = computed(MODEL, Observation(deployment(MODEL, replicas=0, conditions=conditions)))
    assert word(status, "Ready") == ("False", expected)


def test_a_refusal_that_is_over_is_not_told() -> None:
    conditions = [{"type": "ReplicaFailure", "status": "False", "message": "exceeded quota"}]
    status = computed(MODEL, Observation(deployment(MODEL, conditions=conditions), (pod(REVISION),)))
    assert "lastFailure" not in status


def test_an_evicted_pod_is_told_until_its_replacement_is_ready() -> None:
    young = pod(REVISION, name="young")
    young["metadata"]["creationTimestamp"] = "2026-01-31T12:01:00Z"
    old = evicted("2026-01-31T11:00:00Z")
    status = computed(MODEL, Observation(deployment(MODEL), (old, young)))
    assert word(status, "Ready") == ("False", "Evicted")
    two = truss_model(replicas=2)
    young = pod(REVISION, name="young", ready=True)
    young["metadata"]["creationTimestamp"] = "2026-01-31T12:01:00Z"
    status = computed(two, Observation(deployment(two, ready=1), (old, young), told(two)))
    assert "lastFailure" not in status


def test_an_eviction_that_the_container_answered_with_exit_code_0_shows_in_its_event() -> None:
    gone = pod(REVISION, **ended(exit_code=0, reason="Completed"))
    gone["status"]["phase"] = "Succeeded"
    signs = {NAME: Signs((event("Evicted", "Pod ephemeral local storage usage exceeds the limit."),))}
    wordless = computed(MODEL, Observation(deployment(MODEL), (gone,)))
    assert word(wordless, "Ready") == ("False", "Evicted")
    status = computed(MODEL, Observation(deployment(MODEL), (gone,), signs=signs))
    assert "ephemeral local storage" in status["lastFailure"]["message"]


def test_a_volume_that_cannot_be_mounted_is_told_by_what_is_missing() -> None:
    note = 'MountVolume.SetUp failed for volume "secrets" : secret "hugging-face" not found'
    status = status_of(CREATING, event("FailedMount", note))
    assert word(status, "Ready") == ("False", "ConfigMissing")
    assert ': secret "hugging-face" not found.' in status["lastFailure"]["message"]


@pytest.mark.parametrize(
    "note",
    [
        'MountVolume.SetUp failed for volume "keys" : failed to sync secret cache: timed out',
        'MountVolume.SetUp failed for volume "config" : object "ns"/"echo-config" not registered',
    ],
)
def test_a_kubelet_that_has_not_looked_yet_tells_of_nothing_missing(note: str) -> None:
    assert "lastFailure" not in status_of(CREATING, event("FailedMount", note))


def test_a_mount_that_failed_before_it_worked_is_forgotten() -> None:
    assert "lastFailure" not in status_of({}, event("FailedMount", 'secret "hugging-face" not found'))


def test_a_sandbox_that_cannot_be_made_is_a_failed_start() -> None:
    status = status_of(CREATING, event("FailedCreatePodSandBox", "no IP addresses left"))
    assert word(status, "Ready") == ("False", "StartFailed")


def test_a_pull_secret_that_is_missing_explains_the_failed_pull() -> None:
    note = "Unable to retrieve some image pull secrets (mine); attempting to pull the image may not succeed."
    status = status_of(ABSENT, event("FailedToRetrieveImagePullSecret", note))
    assert word(status, "Ready") == ("False", "ConfigMissing")
    assert "(mine)" in status["lastFailure"]["message"]


@pytest.mark.parametrize(
    ("probe", "more", "expected"),
    [
        ("liveness", "Liveness probe failed: context deadline exceeded", "Unresponsive"),
        ("liveness", "Liveness probe failed: HTTP probe failed with statuscode: 503", "Unhealthy"),
        ("startup", "Startup probe failed: connection refused", "RuntimeMissing"),
    ],
)
def test_a_container_that_the_kubelet_ended_for_a_probe(probe: str, more: str, expected: str) -> None:
    killing = event("Killing", f"Container model failed {probe} probe, will be restarted")
    status = status_of(ended(exit_code=137), killing, event("Unhealthy", more))
    assert word(status, "Ready") == ("False", expected)
    assert status["lastFailure"]["exitCode"] == 137


def test_an_end_long_after_a_probe_failed_has_another_cause() -> None:
    container = ended("boom")
    container["lastState"]["terminated"]["startedAt"] = "2026-01-31T11:50:00Z"
    killing = event("Killing", "Container model failed liveness probe", "2026-01-31T11:40:00Z")
    assert word(status_of(container, killing), "Ready") == ("False", "Crashed")


@pytest.mark.parametrize(("started", "expected"), [(True, "Unresponsive"), (False, "RuntimeMissing")])
def test_a_container_that_runs_and_does_not_answer(started: bool, expected: str) -> None:
    assert word(status_of({"started": started}, silent=True), "Ready") == ("False", expected)


@pytest.mark.parametrize(
    ("state", "problem", "expected"),
    [
        ("unhealthy", "", "Unhealthy"),
        ("ready", "model.py:7 blocks", "Unresponsive"),
        ("ready", "", "Scaling"),
        ("loading", "", "Scaling"),
    ],
)
def test_a_runtime_that_says_what_it_is_at(state: str, problem: str, expected: str) -> None:
    model = serving(MODEL)
    seen = Observation(
        deployment(model, conditions=progressing("NewReplicaSetAvailable")),
        (lost(pod(REVISION, **RUNNING)),),
        signs={NAME: Signs(state=state, problem=problem)},
    )
    assert word(computed(model, seen), "Ready") == ("False", expected)


def test_a_node_that_no_longer_reports_is_told_from_a_container_that_hangs() -> None:
    note = event("NodeNotReady", "Node is not ready")
    assert word(status_of(RUNNING, note, silent=True, served=True), "Ready") == ("False", "NodeLost")
    assert word(status_of(RUNNING, note, state="ready"), "Ready") == ("False", "NodeLost")


def test_a_node_that_had_come_back_explains_nothing_that_comes_later() -> None:
    note = event("NodeNotReady", "Node is not ready", "2026-01-31T11:57:00Z")
    assert word(status_of(RUNNING, note, state="unhealthy"), "Ready") == ("False", "Unhealthy")


def brief(message: str, seconds: int, exit_code: int = 2) -> Json:
    container = ended(message, exit_code=exit_code)
    end = container["lastState"]["terminated"]
    end["startedAt"], end["finishedAt"] = "2026-01-31T11:59:00Z", f"2026-01-31T11:59:{seconds:02}Z"
    return container


@pytest.mark.parametrize(
    ("container", "served", "expected"),
    [
        (brief("usage: server [-h]", 1), False, "RuntimeMissing"),
        (brief('{"logger":"truss_runtime.serve","message":"listening"}', 1), False, "Crashed"),
        (brief("usage: server [-h]", 40), False, "Crashed"),
        (brief("Segmentation fault", 1, 139), False, "Crashed"),
        (brief("usage: server [-h]", 1), True, "Crashed"),
    ],
)
def test_an_image_without_the_runtime_is_told_from_a_model_that_crashes(
    container: Json, served: bool, expected: str
) -> None:
    assert word(status_of(container, served=served), "Ready") == ("False", expected)


@pytest.mark.parametrize(
    ("served", "restarts", "seconds", "expected"),
    [
        (True, 2, 50, "CrashLoop"),
        (True, 1, 50, "Crashed"),
        (False, 2, 50, "Crashed"),
    ],
)
def test_a_model_that_had_served_and_ends_again_and_again(
    served: bool, restarts: int, seconds: int, expected: str
) -> None:
    container = {**brief("boom", seconds), "restartCount": restarts}
    status = status_of(container, served=served)
    assert word(status, "Ready") == ("False", expected)


def test_a_crash_after_hours_of_service_is_no_loop() -> None:
    container = {**ended("boom"), "restartCount": 9}
    container["lastState"]["terminated"]["startedAt"] = "2026-01-30T11:59:30Z"
    assert word(status_of(container, served=True), "Ready") == ("False", "Crashed")


def test_a_signal_is_told_by_its_name() -> None:
    assert "by SIGSEGV, exit code 139" in status_of(ended(exit_code=139))["lastFailure"]["message"]
    assert ": exit code 255." in status_of(ended(exit_code=255))["lastFailure"]["message"]


def test_pods_that_run_and_are_not_ready_by_the_deadline() -> None:
    late = deployment(MODEL, conditions=progressing("ProgressDeadlineExceeded", "False"))
    status = computed(MODEL, Observation(late, (pod(REVISION, **RUNNING),)))
    assert word(status, "Stalled") == ("True", "ReadinessTimeout")


def test_what_is_found_again_after_the_operator_restarted_is_the_same_fact() -> None:
    note = 'MountVolume.SetUp failed for volume "secrets" : secret "hugging-face" not found'
    first = status_of(CREATING, event("FailedMount", note))
    model = with_status(MODEL, first)
    seen = Observation(
        deployment(model),
        (pod(REVISION, **CREATING),),
        signs={NAME: Signs((event("FailedMount", note, "2026-01-31T12:30:00Z"),))},
    )
    assert computed(model, seen, 30) == first
