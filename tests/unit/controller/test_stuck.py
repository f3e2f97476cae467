"""Which pods are looked at closer, and which at once."""

from typing import Any

import pytest

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.controller.stuck import may_be_stuck, stage_of, tells_too_little, was_ready

Json = dict[str, Any]
STARTED = "2026-01-31T12:00:00Z"
RUNNING = {"state": {"running": {"startedAt": STARTED}}, "restartCount": 0}
UP = {**RUNNING, "started": True}
PULLING = {"state": {"waiting": {"reason": "ImagePullBackOff"}}, "restartCount": 0}
ENDED = {"state": {"waiting": {}}, "lastState": {"terminated": {"exitCode": 1}}, "restartCount": 1}


def pod(*containers: Json, ready: str = "False", since: str = "2026-01-31T11:59:59Z", **spec: Any) -> Json:
    return {
        "metadata": {"name": "echo", "labels": {REVISION_LABEL: "wanted"}},
        "spec": spec,
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": since}],
            "containerStatuses": list(containers),
        },
    }


def test_a_pod_that_is_not_ready_may_be_stuck() -> None:
    assert may_be_stuck(pod(RUNNING), "wanted")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(pod(RUNNING, ready="True"), id="ready"),
        pytest.param({**pod(), "metadata": {"labels": {REVISION_LABEL: "old"}}}, id="of-another-revision"),
        pytest.param(
            {**pod(), "metadata": {**pod()["metadata"], "deletionTimestamp": STARTED}}, id="leaving"
        ),
    ],
)
def test_a_pod_that_needs_no_second_look(other: Json) -> None:
    assert not may_be_stuck(other, "wanted")


def test_a_pull_that_is_tried_again_is_no_other_stage() -> None:
    trying = {"state": {"waiting": {"reason": "ErrImagePull"}}, "restartCount": 0}
    assert stage_of(pod(trying)) == stage_of(pod(PULLING))


def test_a_pull_that_fails_with_a_secret_is_another_stage_than_setting_up() -> None:
    creating = {"state": {"waiting": {"reason": "ContainerCreating"}}, "restartCount": 0}
    secrets = [{"name": "registry"}]
    assert stage_of(pod(creating, imagePullSecrets=secrets)) != stage_of(
        pod(PULLING, imagePullSecrets=secrets)
    )


def test_a_restart_is_another_stage() -> None:
    assert stage_of(pod(RUNNING)) != stage_of(pod({**RUNNING, "restartCount": 1}))


@pytest.mark.parametrize(
    ("suspect", "at_once"),
    [
        pytest.param(pod(RUNNING), False, id="on-its-way"),
        pytest.param(pod(UP, since="2026-01-31T12:00:05Z"), True, id="was-ready"),
        pytest.param(pod(ENDED), True, id="a-container-ended"),
        pytest.param(pod(PULLING), False, id="image-absent"),
        pytest.param(pod(PULLING, imagePullSecrets=[{"name": "mine"}]), True, id="with-a-pull-secret"),
    ],
)
def test_events_are_needed_at_once(suspect: Json, at_once: bool) -> None:
    assert tells_too_little(suspect) is at_once


def test_a_container_started_after_the_last_change_has_not_been_ready() -> None:
    assert not was_ready(pod(UP, since=STARTED))


def test_a_container_that_is_not_up_yet_has_not_been_ready() -> None:
    # The one before it was: a kubelet that ends and starts in one go tells so a moment later.
    assert not was_ready(pod(RUNNING, since="2026-01-31T12:00:05Z"))
