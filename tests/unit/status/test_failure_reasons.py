"""Each kind of failure in the words that kubelet, container engine and runtime have for it."""

import json
from typing import Any

import pytest

from observed import (
    computed,
    condition,
    deployment,
    ended,
    pod,
    progressing,
    serving,
    told,
    truss_model,
    with_status,
    word,
)
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation, Refusal
from truss_operator.status.prose import MESSAGE_BYTES
from truss_operator.status.reasons import FAILURES

MODEL = truss_model()
REVISION = revision_of(MODEL)


def report(**changes: Any) -> str:
    """A report as the runtime writes it."""
    told: dict[str, Any] = {
        "phase": "load",
        "reason": "LoadFailed",
        "exceptionType": "ValueError",
        "message": "model/model.py:14: ValueError: no weights. Mend load().",
        "frames": ["model/model.py:14 in load: raise ValueError('no weights')"],
    }
    return json.dumps({**told, **changes})


def waiting(reason: str, message: str) -> dict[str, Any]:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


def failing(**container: Any) -> dict[str, Any]:
    return computed(MODEL, Observation(deployment(MODEL), (pod(REVISION, **container),)))


NOT_FOUND = "failed to resolve reference: registry.example.com/echo:9: not found"
NOT_FOUND_LATER = 'Back-off pulling image "echo:9": ErrImagePull: code = NotFound desc = manifest unknown'
DOCKER_HUB = (
    "pull access denied, repository does not exist or may require authorization: authorization failed"
)
NO_TOKEN = "failed to fetch anonymous token: unexpected status from GET request: 401 Unauthorized"
NO_HOST = "dial tcp: lookup registry.invalid on 10.96.0.10:53: no such host"


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        (
            "InvalidImageName",
            'Failed to apply default image tag "A B": invalid reference',
            "InvalidImageName",
        ),
        ("ErrImagePull", NOT_FOUND, "ImageNotFound"),
        ("ImagePullBackOff", NOT_FOUND_LATER, "ImageNotFound"),
        ("ErrImagePull", DOCKER_HUB, "ImagePullUnauthorized"),
        ("ErrImagePull", NO_TOKEN, "ImagePullUnauthorized"),
        ("ErrImagePull", "dial tcp 192.0.2.1:443: connect: connection refused", "ImagePullFailed"),
        ("ErrImagePull", NO_HOST, "ImagePullFailed"),
        (
            "ErrImageNeverPull",
            'Container image "x" is not present with pull policy of Never',
            "ImagePullFailed",
        ),
        ("ImagePullBackOff", 'Back-off pulling image "x"', "ImagePullFailed"),
        ("RunContainerError", 'exec: "/nope": no such file or directory', "StartFailed"),
        ("CreateContainerError", "failed to generate container spec: no command specified", "StartFailed"),
        ("CreateContainerConfigError", 'secret "hugging-face" not found', "ConfigMissing"),
        ("CreateContainerConfigError", 'configmap "settings" not found', "ConfigMissing"),
        ("CreateContainerConfigError", "couldn't find key token in Secret ml/hugging-face", "ConfigMissing"),
        (
            "CreateContainerConfigError",
            "container has runAsNonRoot and image will run as root",
            "ImageRunsAsRoot",
        ),
        ("ErrImagePull", "no match for platform in manifest: not found", "ImageArchitectureMismatch"),
    ],
)
def test_a_container_that_waits_for_ever(reason: str, message: str, expected: str) -> None:
    status = failing(**waiting(reason, message))
    assert word(status, "Ready") == ("False", expected)
    assert status["lastFailure"]["phase"] == FAILURES[expected].phase


@pytest.mark.parametrize(
    ("container", "expected"),
    [
        (ended(report()), "LoadFailed"),
        (ended(report(phase="init", reason="InitFailed")), "InitFailed"),
        (ended(report(phase="import", reason="ModelNotFound")), "ModelNotFound"),
        (ended(report(phase="import", reason="SyntaxError")), "SyntaxError"),
        (ended(report(phase="import", reason="ImportError")), "ImportError"),
        (ended(report(phase="import", reason="InvalidModel")), "InvalidModel"),
        (ended(exit_code=137, reason="OOMKilled"), "OutOfMemory"),
        (ended(report(), exit_code=137, reason="OOMKilled"), "OutOfMemory"),
        (ended("exec /nope: no such file", exit_code=128, reason="StartError"), "StartFailed"),
        (ended("Killed", exit_code=137), "Crashed"),
        (ended(exit_code=0, reason="Completed"), "ExitedEarly"),
        (ended(report(reason="LoadTimeout")), "LoadTimeout"),
        (ended(report(phase="routes", reason="RequiredRouteMissing")), "RequiredRouteMissing"),
        (ended(report(phase="routes", reason="SmokeFailed")), "SmokeFailed"),
        (
            ended("exec /opt/venv/bin/truss-runtime: exec format error", exit_code=255),
            "ImageArchitectureMismatch",
        ),
        ({"state": {"terminated": {"exitCode": 3, "message": report()}}}, "LoadFailed"),
    ],
)
def test_a_container_that_ended(container: dict[str, Any], expected: str) -> None:
    status = failing(**container)
    assert word(status, "Ready") == ("False", expected)
    assert status["lastFailure"]["phase"] == FAILURES[expected].phase


def test_a_reported_failure_carries_what_the_runtime_told() -> None:
    failure = failing(**ended(report(), exit_code=3))["lastFailure"]
    assert failure == {
        "phase": "load",
        "reason": "LoadFailed",
        "message": "load() raised an exception: model/model.py:14: ValueError: no weights. Mend load()."
        f" {FAILURES['LoadFailed'].next_step}",
        "revision": REVISION,
        "time": "2026-01-31T11:59:30Z",
        "exceptionType": "ValueError",
        "traceback": "model/model.py:14 in load: raise ValueError('no weights')",
        "pod": "echo-5f6d-x2x",
        "container": "model",
        "exitCode": 3,
    }


def test_a_crash_without_a_report_gives_exit_code_and_last_words() -> None:
    failure = failing(**ended("starting\nSegmentation fault\n", exit_code=139))["lastFailure"]
    assert 'exit code 139, its last words "Segmentation fault".' in failure["message"]


@pytest.mark.parametrize(
    ("phase", "expected"),
    [("import", "ImportError"), ("init", "InitFailed"), ("load", "LoadFailed"), ("run", "Crashed")],
)
def test_a_reason_that_this_version_does_not_know_keeps_its_phase(phase: str, expected: str) -> None:
    failure = failing(**ended(report(phase=phase, reason="FromTheFuture", message="odd")))["lastFailure"]
    assert failure["reason"] == expected
    assert "FromTheFuture: odd." in failure["message"]


@pytest.mark.parametrize(
    "message",
    [
        report()[5:],
        '{"level": "error", "message": "boom"}',
        report(phase="image", reason="ImageNotFound"),
        report(phase=None),
        report(reason=7),
        "[" * 5000,
        "[]",
        "null",
    ],
)
def test_what_is_no_report_is_taken_for_the_end_of_a_log(message: str) -> None:
    assert failing(**ended(message))["lastFailure"]["reason"] == "Crashed"


def test_a_report_cannot_claim_what_only_the_cluster_knows() -> None:
    failure = failing(**ended(report(phase="load", reason="NameConflict")))["lastFailure"]
    assert failure["reason"] == "LoadFailed"


def test_texts_of_a_report_are_cut_and_cleaned() -> None:
    bad = report(
        message="\x1b[31mred\x00\n" + "ö" * 5000,
        exceptionType="\ud800" * 300,
        frames=["a" * 200 + "\t\r"] * 100 + [7, None],
    )
    failure = failing(**ended(bad))["lastFailure"]
    assert len(failure["message"].encode()) <= MESSAGE_BYTES
    assert failure["message"].endswith(FAILURES["LoadFailed"].next_step)
    assert len(failure["traceback"].encode()) <= 3072
    assert len(failure["exceptionType"].encode()) <= 128
    text = failure["message"] + failure["exceptionType"] + failure["traceback"].replace("\n", "")
    assert not [character for character in text if ord(character) < 32]


def test_a_message_with_an_older_revision_behind_it_is_not_cut() -> None:
    new = with_status(MODEL, serving(MODEL).status.as_json(), image="registry.example.com/echo:2")
    pods = (
        pod(REVISION, name="old", ready=True),
        pod(revision_of(new), name="new", **ended(report(message="m" * 4000))),
    )
    status = computed(new, Observation(deployment(new, ready=1, replicas=2, updatedReplicas=1), pods))
    assert condition(status, "Ready")["message"].endswith("serves meanwhile.")


@pytest.mark.parametrize("reason", ["InvalidSpec", "NameConflict"])
def test_a_refused_child_stalls_with_the_refusal_s_words(reason: str) -> None:
    refusal = Refusal(reason, 'Deployment "echo" is invalid: spec.template.spec.nodeSelector: bad')
    status = computed(MODEL, Observation(None, refusals=(refusal,)))
    assert word(status, "Ready") == ("False", reason)
    assert word(status, "Stalled") == ("True", reason)
    assert refusal.message in status["lastFailure"]["message"]
    assert status["lastFailure"]["phase"] == "config"


def test_another_refusal_of_the_same_kind_is_told() -> None:
    first = computed(
        MODEL, Observation(None, refusals=(Refusal("NameConflict", "Service echo is another's"),))
    )
    seen = Observation(None, refusals=(Refusal("NameConflict", "Deployment echo is another's"),))
    status = computed(with_status(MODEL, first), seen, 3)
    assert "Deployment echo" in status["lastFailure"]["message"]


@pytest.mark.parametrize(
    ("container", "stalled"),
    [
        (waiting("InvalidImageName", "bad"), True),
        (waiting("ErrImagePull", "not found"), False),
        (waiting("ErrImagePull", "connection refused"), False),
        (ended(report()), True),
        (ended(report(phase="import", reason="SyntaxError")), True),
        (ended(reason="OOMKilled"), True),
        (ended("boom"), False),
    ],
)
def test_stalled_is_what_waiting_cannot_mend(container: dict[str, Any], stalled: bool) -> None:
    status = failing(**container)
    present = [kind for kind in ("Stalled", "Reconciling") if condition(status, kind)]
    assert present == (["Stalled"] if stalled else ["Reconciling"])


def test_at_the_progress_deadline_a_passing_cause_stalls_too() -> None:
    late = deployment(MODEL, conditions=progressing("ProgressDeadlineExceeded", "False"))
    status = computed(MODEL, Observation(late, (pod(REVISION, **waiting("ErrImagePull", "not found")),)))
    assert word(status, "Stalled") == ("True", "ImageNotFound")


def test_a_deadline_that_passed_without_any_cause_is_the_reason() -> None:
    late = deployment(MODEL, conditions=progressing("ProgressDeadlineExceeded", "False"))
    status = computed(MODEL, Observation(late, (pod(REVISION),)))
    assert word(status, "Ready") == ("False", "ProgressDeadlineExceeded")
    assert word(status, "Stalled") == ("True", "ProgressDeadlineExceeded")


def test_out_of_memory_while_serving_is_waited_for() -> None:
    model = serving(MODEL)
    killed = pod(REVISION, **ended(reason="OOMKilled", exit_code=137))
    status = computed(model, Observation(deployment(model), (killed,), told(model)))
    assert word(status, "Ready") == ("False", "OutOfMemory")
    assert word(status, "Reconciling") == ("True", "OutOfMemory")


def test_one_pod_of_two_failing_is_no_outage() -> None:
    model = serving(truss_model(replicas=2))
    revision = revision_of(model)
    pods = (pod(revision, name="a", ready=True), pod(revision, name="b", **ended("boom")))
    status = computed(model, Observation(deployment(model, ready=1), pods, told(model)))
    assert word(status, "Available") == ("True", "Serving")
    assert word(status, "Ready") == ("False", "Crashed")
    assert status["replicasSummary"] == "1/2"


def test_of_two_new_failures_the_image_s_is_told() -> None:
    pods = (
        pod(REVISION, name="a", **ended("boom")),
        pod(REVISION, name="b", **waiting("ErrImagePull", "not found")),
    )
    status = computed(MODEL, Observation(deployment(MODEL), pods))
    assert word(status, "Ready") == ("False", "ImageNotFound")
