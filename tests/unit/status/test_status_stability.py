"""A fact that persists is said once: the status changes only when what is so does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observed import (
    Json,
    computed,
    deployment,
    ended,
    pod,
    serving,
    told,
    truss_model,
    with_status,
)
from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation, Refusal

MODEL = truss_model()
REVISION = revision_of(MODEL)


def again(model: TrussModel, container: Json, minutes: int, **more: Any) -> Json:
    """The status with the model's only pod in that state."""
    return computed(model, Observation(deployment(model, **more), (pod(REVISION, **container),)), minutes)


def waiting(reason: str, message: str) -> Json:
    return {"state": {"waiting": {"reason": reason, "message": message}}}


@pytest.mark.parametrize(
    "back_off",
    ['Back-off pulling image "x:9"', 'Back-off pulling image "x:9": ErrImagePull: rpc error: x:9: not found'],
)
def test_a_pull_that_is_tried_again_and_again_is_one_fact(back_off: str) -> None:
    first = again(MODEL, waiting("ErrImagePull", "x:9: not found"), 0)
    model = with_status(MODEL, first)
    assert again(model, waiting("ImagePullBackOff", back_off), 1) == first
    assert again(model, waiting("ErrImagePull", "x:9: not found"), 2) == first


def test_a_container_that_fails_at_each_start_is_one_fact() -> None:
    report = json.dumps(
        {"phase": "load", "reason": "LoadFailed", "exceptionType": "OSError", "message": "no file 1"}
    )
    first = again(MODEL, ended(report), 0)
    model = with_status(MODEL, first)
    starting = {
        **ended(report.replace("file 1", "file 2")),
        "state": {"running": {"startedAt": "2026-01-31T12:00:10Z"}},
    }
    assert again(model, starting, 1) == first
    assert again(model, ended(report.replace("file 1", "file 3")), 2) == first


def test_another_exception_is_another_fact() -> None:
    report = json.dumps(
        {"phase": "load", "reason": "LoadFailed", "exceptionType": "OSError", "message": "no file"}
    )
    model = with_status(MODEL, again(MODEL, ended(report), 0))
    status = again(model, ended(report.replace("OSError", "KeyError")), 1)
    assert status["lastFailure"]["exceptionType"] == "KeyError"


def test_a_restart_that_was_overcome_is_no_failure_of_a_pod_that_is_unready_for_a_moment() -> None:
    container = {**ended("boom"), "state": {"running": {"startedAt": "2026-01-31T11:00:00Z"}}}
    assert "lastFailure" not in again(MODEL, {**container, "started": True}, 0)


def test_a_restart_is_told_though_the_kubelet_took_the_readiness_away_a_moment_later() -> None:
    container = {**ended("boom"), "state": {"running": {"startedAt": "2026-01-31T11:00:00Z"}}}
    assert "lastFailure" in again(MODEL, {**container, "started": False}, 0)


def test_a_failure_is_gone_when_the_model_serves() -> None:
    model = with_status(MODEL, again(MODEL, ended("boom"), 0))
    up = Observation(deployment(model, ready=1), (pod(REVISION, ready=True, **ended("boom")),), told(model))
    assert "lastFailure" not in computed(model, up, 5)


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("2026-01-31T12:00:00Z")
NAMES = """
metadata name labels generation deletionTimestamp spec replicas template status observedGeneration conditions
type reason message lastTransitionTime updatedReplicas readyReplicas availableReplicas containerStatuses state
lastState waiting terminated running exitCode finishedAt startedAt imageID ready
"""
KEYS = st.sampled_from(NAMES.split())
GARBAGE = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(KEYS, GARBAGE, max_size=6)

COUNTS = st.integers(min_value=0, max_value=3)
CONTAINERS = st.sampled_from(
    [
        {},
        {"ready": True},
        waiting("ErrImagePull", "not found"),
        waiting("ImagePullBackOff", 'Back-off pulling image "x"'),
        waiting("RunContainerError", "no such file"),
        ended("boom"),
        ended(reason="OOMKilled", exit_code=137),
        ended(json.dumps({"phase": "load", "reason": "LoadFailed", "message": "m", "exceptionType": "E"})),
    ]
)


@st.composite
def observations(draw: st.DrawFn, model: TrussModel) -> Observation:
    """What a cluster might show of a model in any moment."""
    wanted = revision_of(model)
    revisions = st.sampled_from([wanted, "0123456789"])
    reasons = ("NewReplicaSetAvailable", "ReplicaSetUpdated", "ProgressDeadlineExceeded")
    seen_deployment = draw(st.none() | OBJECTS)
    if draw(st.booleans()):
        seen_deployment = deployment(
            model,
            ready=draw(COUNTS),
            revision=draw(revisions),
            replicas=draw(COUNTS),
            updatedReplicas=draw(COUNTS),
            conditions=[{"type": "Progressing", "status": "True", "reason": draw(st.sampled_from(reasons))}],
        )
    pods = draw(
        st.lists(
            OBJECTS
            | st.builds(
                lambda revision, name, container: pod(revision, name=name, **container),
                revisions,
                st.sampled_from(["a", "b", "c"]),
                CONTAINERS,
            ),
            max_size=3,
        )
    )
    return Observation(
        seen_deployment,
        tuple(pods),
        draw(st.none() | st.just(told(model))),
        routes_error=draw(st.none() | st.text(max_size=5)),
        refusals=draw(
            st.just(())
            | st.just((Refusal("InvalidSpec", "bad"),))
            | st.just((Refusal("NameConflict", "\x00"),))
        ),
    )


MODELS = st.builds(lambda replicas: truss_model(replicas=replicas), COUNTS)


@given(st.data())
def test_computed_again_from_the_same_facts_the_status_is_the_same(data: st.DataObject) -> None:
    model = data.draw(MODELS)
    if data.draw(st.booleans()):
        before = serving(truss_model(replicas=model.spec.replicas, image="registry.example.com/echo:0"))
        model = with_status(model, before.status.as_json())
    seen = data.draw(observations(model))
    first = computed(model, seen, 0)
    stored = json.loads(json.dumps(first))
    assert computed(with_status(model, stored), seen, 60) == stored


@given(st.data())
def test_any_sequence_of_facts_keeps_the_conditions_consistent(data: st.DataObject) -> None:
    model = data.draw(MODELS)
    for minute in range(data.draw(st.integers(min_value=1, max_value=3))):
        status = computed(model, data.draw(observations(model)), minute)
        held = {c["type"]: c["status"] for c in status["conditions"]}
        assert ("Reconciling" in held) + ("Stalled" in held) == (held["Ready"] == "False")
        assert all(held[kind] == "True" for kind in ("Reconciling", "Stalled") if kind in held)
        assert (held["RoutesDiscovered"] == "True") == ("routes" in status) == ("activeRevision" in status)
        if "lastFailure" in status:
            assert status["conditions"][0]["reason"] == status["lastFailure"]["reason"]
        if status["conditions"][0]["reason"] == "Serving":
            assert status["activeRevision"] == revision_of(model)
        model = with_status(model, status)


@given(OBJECTS)
def test_a_status_of_any_shape_is_written_anew(garbage: Json) -> None:
    model = truss_model(status=garbage)
    seen = Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),), told(MODEL))
    assert computed(model, seen)["activeRevision"] == REVISION


def test_a_pod_without_labels_belongs_to_no_revision() -> None:
    stray = pod(REVISION, **ended("boom"))
    del stray["metadata"]["labels"][REVISION_LABEL]
    assert "lastFailure" not in computed(MODEL, Observation(deployment(MODEL), (stray,)))


def test_the_same_failure_of_another_revision_is_another_fact() -> None:
    model = with_status(MODEL, again(MODEL, ended("boom"), 0), image="registry.example.com/echo:2")
    revision = revision_of(model)
    status = computed(model, Observation(deployment(model), (pod(revision, **ended("bang")),)), 9)
    assert status["lastFailure"]["revision"] == revision
    assert "bang" in status["lastFailure"]["message"]
