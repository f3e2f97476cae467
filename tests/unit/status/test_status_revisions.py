"""What the status says while one revision takes over from another, or fails to."""

from typing import Any

from observed import (
    computed,
    deployment,
    ended,
    pod,
    serving,
    told,
    truss_model,
    with_status,
    word,
)
from truss_operator.api.v1alpha1 import RevisionStatus
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Course, Observation, Route

OLD = truss_model()
OLD_REVISION = revision_of(OLD)
NEW = with_status(OLD, serving(OLD).status.as_json(), image="registry.example.com/echo:2")
NEW_REVISION = revision_of(NEW)
OLD_POD = pod(OLD_REVISION, name="old", ready=True)
NEW_ROUTES = told(NEW, Route("predict", "POST", "/predict", False))
SURGE: dict[str, Any] = {"replicas": 2, "updatedReplicas": 1}


def test_the_old_revision_is_described_while_the_new_one_comes_up() -> None:
    seen = Observation(deployment(NEW, ready=1, **SURGE), (OLD_POD, pod(NEW_REVISION, name="new")))
    status = computed(NEW, seen)
    assert status["activeRevision"] == OLD_REVISION
    assert status["routesSummary"] == "predict,chat_completions"
    assert word(status, "Ready") == ("False", "Progressing")
    assert word(status, "Available") == ("True", "Serving")


def test_both_revisions_ready_is_still_the_old_one_s_routes() -> None:
    pods = (OLD_POD, pod(NEW_REVISION, name="new", ready=True))
    status = computed(NEW, Observation(deployment(NEW, ready=2, **SURGE), pods, NEW_ROUTES))
    assert status["activeRevision"] == OLD_REVISION


def test_the_new_revision_takes_over_in_one_step() -> None:
    pods = (pod(NEW_REVISION, name="new", ready=True),)
    status = computed(NEW, Observation(deployment(NEW, ready=1), pods, NEW_ROUTES))
    assert status["activeRevision"] == NEW_REVISION
    assert status["routesSummary"] == "predict"
    assert status["image"] == "registry.example.com/echo:2"
    assert word(status, "Ready") == ("True", "Serving")


def test_a_new_revision_that_serves_without_known_routes_is_not_described_by_the_old_one_s() -> None:
    status = computed(NEW, Observation(deployment(NEW, ready=1), (pod(NEW_REVISION, ready=True),)))
    assert "routes" not in status
    assert "activeRevision" not in status
    assert word(status, "RoutesDiscovered") == ("False", "Progressing")


def test_a_failing_new_revision_leaves_the_model_available() -> None:
    seen = Observation(deployment(NEW, ready=1, **SURGE), (OLD_POD, pod(NEW_REVISION, name="new", **ended())))
    status = computed(NEW, seen)
    assert word(status, "Available") == ("True", "Serving")
    assert word(status, "RoutesDiscovered") == ("True", "RoutesRead")
    assert word(status, "Ready") == ("False", "Crashed")
    assert status["conditions"][0]["message"].endswith(f"Revision {OLD_REVISION} serves meanwhile.")


def test_going_back_to_the_revision_that_serves_clears_the_failure() -> None:
    seen = Observation(deployment(NEW, ready=1, **SURGE), (OLD_POD, pod(NEW_REVISION, name="new", **ended())))
    back = with_status(NEW, computed(NEW, seen), image="registry.example.com/echo:1")
    status = computed(back, Observation(deployment(back, ready=1), (OLD_POD,), told(OLD)))
    assert "lastFailure" not in status
    assert word(status, "Ready") == ("True", "Serving")


def test_a_failure_of_the_revision_before_is_none_of_the_wanted_one() -> None:
    failing = Observation(deployment(OLD), (pod(OLD_REVISION, name="old", **ended()),))
    fixed = with_status(OLD, computed(OLD, failing), image="registry.example.com/echo:2")
    status = computed(fixed, Observation(deployment(fixed), failing.pods))
    assert word(status, "Ready") == ("False", "Progressing")
    assert "lastFailure" not in status


def test_a_pod_that_is_being_deleted_neither_serves_nor_fails() -> None:
    leaving = pod(NEW_REVISION, name="new", **ended())
    leaving["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"
    status = computed(NEW, Observation(deployment(NEW), (leaving,)))
    assert word(status, "Ready") == ("False", "Progressing")


def test_nothing_serves_once_the_old_revision_has_no_pods_left() -> None:
    status = computed(NEW, Observation(deployment(NEW), (pod(NEW_REVISION, name="new"),)))
    assert "activeRevision" not in status
    assert word(status, "RoutesDiscovered") == ("False", "Progressing")


def test_a_deployment_that_still_is_of_the_old_revision_says_nothing_of_the_new_one() -> None:
    not_applied = deployment(NEW, ready=1, revision=OLD_REVISION)
    status = computed(NEW, Observation(not_applied, (OLD_POD,), NEW_ROUTES))
    assert status["activeRevision"] == OLD_REVISION
    assert word(status, "Ready") == ("False", "Progressing")


def test_a_revision_is_good_in_the_status_that_first_calls_it_ready() -> None:
    """Its last pod may turn ready after it was decided what runs: that must not take another write."""
    entry = RevisionStatus(
        revision=OLD_REVISION, image="echo:1", time="2026-01-31T11:00:00Z", outcome="Progressing"
    )
    course = Course(OLD_REVISION, "echo:1", (entry,))
    pods = (pod(OLD_REVISION, name="old", ready=True),)
    status = computed(OLD, Observation(deployment(OLD, ready=1), pods, told(OLD), course=course))
    assert word(status, "Ready") == ("True", "Serving")
    assert [each["outcome"] for each in status["history"]] == ["Succeeded"]
