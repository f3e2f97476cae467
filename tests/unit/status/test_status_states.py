"""What the conditions say in each state of a rollout that goes well."""

import pytest

from observed import (
    Json,
    computed,
    condition,
    deployment,
    ended,
    later,
    pod,
    progressing,
    serving,
    told,
    truss_model,
    with_status,
    word,
)
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation
from truss_operator.status.compute import compute_status, routes_known

MODEL = truss_model()
REVISION = revision_of(MODEL)
STARTING = Observation(deployment(MODEL), (pod(REVISION),))
UP = Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),), told(MODEL))


def test_a_new_object_reads_as_progressing() -> None:
    status = computed(MODEL, Observation(None))
    assert word(status, "Ready") == ("False", "Progressing")
    assert word(status, "Reconciling") == ("True", "Progressing")


def test_a_serving_model_has_three_true_conditions_and_no_other() -> None:
    status = computed(MODEL, UP)
    found = [(c["type"], c["status"], c["reason"]) for c in status["conditions"]]
    assert found == [
        ("Ready", "True", "Serving"),
        ("Available", "True", "Serving"),
        ("RoutesDiscovered", "True", "RoutesRead"),
    ]


def test_a_serving_model_tells_where_and_what_it_answers() -> None:
    status = computed(MODEL, UP)
    assert {key: status[key] for key in status if key != "conditions"} == {
        "observedGeneration": 1,
        "url": "http://echo.ml.svc",
        "openaiBaseURL": "http://echo.ml.svc/v1",
        "model": "echo",
        "environment": "production",
        "routes": [
            {"kind": "predict", "method": "POST", "path": "/predict"},
            {"kind": "chat_completions", "method": "POST", "path": "/v1/chat/completions", "streaming": True},
        ],
        "routesSummary": "predict,chat_completions",
        "replicas": 1,
        "readyReplicas": 1,
        "replicasSummary": "1/1",
        "selector": "trussmodel.dev/name=echo",
        "activeRevision": REVISION,
        "image": "registry.example.com/echo:1",
    }


def test_every_condition_is_said_of_the_generation_that_was_seen() -> None:
    status = computed(truss_model(generation=7), UP)
    assert {c["observedGeneration"] for c in status["conditions"]} == {7}
    assert status["observedGeneration"] == 7


def test_from_apply_to_ready_the_status_changes_twice() -> None:
    waiting: Json = {"state": {"waiting": {"reason": "ContainerCreating"}}}
    ready_pod = (pod(REVISION, ready=True),)
    steps = [
        Observation(deployment(MODEL)),
        Observation(deployment(MODEL), (pod(REVISION, **waiting),)),
        STARTING,
        Observation(deployment(MODEL), ready_pod),
        Observation(deployment(MODEL), ready_pod, told(MODEL)),
        Observation(deployment(MODEL, ready=1), ready_pod, told(MODEL)),
        UP,
    ]
    model, writes = MODEL, list[Json]()
    for minute, seen in enumerate(steps):
        status = compute_status(model, seen, later(minute))
        if not writes or status != writes[-1]:
            writes.append(status)
        model = with_status(model, status)
    assert [condition(status, "Ready")["reason"] for status in writes] == ["Progressing", "Serving"]


def test_routes_are_not_told_before_the_revision_is_available() -> None:
    status = computed(MODEL, Observation(deployment(MODEL), (pod(REVISION, ready=True),), told(MODEL)))
    assert "routes" not in status
    assert word(status, "RoutesDiscovered") == ("False", "Progressing")


def test_available_without_known_routes_is_not_ready() -> None:
    status = computed(MODEL, Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),)))
    assert word(status, "Available") == ("True", "Serving")
    assert word(status, "Ready") == ("False", "Progressing")


def test_routes_that_stay_unreadable_are_a_failure_of_a_model_that_answers() -> None:
    seen = Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),), routes_error="timed out")
    status = computed(MODEL, seen)
    assert word(status, "Ready") == ("False", "RoutesUnreadable")
    assert word(status, "Available") == ("True", "Serving")
    assert word(status, "Stalled") == ("absent", "")


def test_a_restarted_operator_knows_the_routes_from_the_status() -> None:
    model = serving(MODEL)
    known = routes_known(model, REVISION)
    assert known is not None
    assert (known.revision, known.routes) == (REVISION, told(MODEL).routes)
    seen = Observation(UP.deployment, UP.pods, known)
    assert computed(model, seen, 5) == model.status.as_json()


def test_nothing_is_known_of_the_routes_of_another_revision() -> None:
    model = with_status(MODEL, serving(MODEL).status.as_json(), image="registry.example.com/echo:2")
    assert routes_known(model, revision_of(model)) is None
    assert routes_known(MODEL, REVISION) is None


def test_until_the_deployment_controller_has_caught_up_the_rollout_is_not_done() -> None:
    stale = deployment(MODEL, ready=1, observedGeneration=3)
    status = computed(MODEL, Observation(stale, UP.pods, UP.routes))
    assert word(status, "Ready") == ("False", "Progressing")


def test_first_replica_of_three_is_available_with_its_routes_but_not_ready() -> None:
    model = truss_model(replicas=3)
    revision = revision_of(model)
    pods = (pod(revision, name="a", ready=True), pod(revision, name="b"), pod(revision, name="c"))
    status = computed(model, Observation(deployment(model, ready=1), pods, told(model)))
    assert word(status, "Available") == ("True", "Serving")
    assert word(status, "RoutesDiscovered") == ("True", "RoutesRead")
    assert word(status, "Ready") == ("False", "Progressing")
    assert status["replicasSummary"] == "1/3"


def test_scaling_up_a_model_that_serves_reads_as_scaling() -> None:
    model = with_status(MODEL, serving(MODEL).status.as_json(), replicas=2)
    grown = deployment(model, ready=1, conditions=progressing("NewReplicaSetAvailable"))
    status = computed(model, Observation(grown, (pod(REVISION, ready=True),), told(model)))
    assert word(status, "Ready") == ("False", "Scaling")
    assert word(status, "Available") == ("True", "Serving")


def test_a_model_without_replicas_is_ready_and_not_available() -> None:
    model = truss_model(replicas=0)
    status = computed(model, Observation(deployment(model)))
    assert word(status, "Ready") == ("True", "ScaledToZero")
    assert word(status, "Available") == ("False", "ScaledToZero")
    assert word(status, "Reconciling") == ("absent", "")


def test_while_the_last_pods_go_the_model_is_scaling() -> None:
    model = with_status(MODEL, serving(MODEL).status.as_json(), replicas=0)
    status = computed(model, Observation(deployment(model, ready=1, replicas=1, updatedReplicas=1)))
    assert word(status, "Ready") == ("False", "Scaling")


def test_routes_of_the_revision_outlive_a_time_without_replicas() -> None:
    model = with_status(MODEL, serving(MODEL).status.as_json(), replicas=0)
    status = computed(model, Observation(deployment(model)))
    assert status["routesSummary"] == "predict,chat_completions"


@pytest.mark.parametrize(
    ("image_id", "image"),
    [
        ("registry.example.com/echo@sha256:ab12", "registry.example.com/echo:1@sha256:ab12"),
        ("sha256:ab12", "registry.example.com/echo:1"),
        ("", "registry.example.com/echo:1"),
    ],
)
def test_the_image_carries_the_digest_that_a_registry_knows(image_id: str, image: str) -> None:
    pods = (pod(REVISION, ready=True, imageID=image_id),)
    assert computed(MODEL, Observation(UP.deployment, pods, UP.routes))["image"] == image


def test_transition_times_change_only_when_the_status_of_a_condition_does() -> None:
    model = with_status(MODEL, computed(MODEL, STARTING, 0))
    status = computed(model, UP, 9)
    assert condition(status, "Ready")["lastTransitionTime"] == "2026-01-31T12:09:00Z"
    model = with_status(model, status, replicas=2)
    grown = Observation(deployment(model, ready=1), UP.pods, told(model))
    status = computed(model, grown, 20)
    assert condition(status, "Available")["lastTransitionTime"] == "2026-01-31T12:09:00Z"
    assert condition(status, "Ready")["lastTransitionTime"] == "2026-01-31T12:20:00Z"


def test_the_image_is_the_model_s_own_container_s() -> None:
    seen_pod = pod(REVISION, ready=True, imageID="registry.example.com/echo@sha256:cd34")
    sidecar = {"name": "a-sidecar", "ready": True, "imageID": "registry.example.com/proxy@sha256:ab12"}
    seen_pod["status"]["containerStatuses"].insert(0, sidecar)
    status = computed(MODEL, Observation(UP.deployment, (seen_pod,), UP.routes))
    assert status["image"] == "registry.example.com/echo:1@sha256:cd34"


def test_the_image_is_told_anew_when_no_pod_runs_the_one_that_was_told() -> None:
    def up(*digests: str) -> Observation:
        pods = (
            pod(REVISION, name=f"pod-{digest}", ready=True, imageID=f"echo@sha256:{digest}")
            for digest in digests
        )
        return Observation(UP.deployment, tuple(pods), UP.routes)

    model = with_status(MODEL, computed(MODEL, up("bb")))
    assert computed(model, up("aa", "bb"))["image"].endswith("@sha256:bb")
    assert computed(model, up("aa"))["image"].endswith("@sha256:aa")


def test_once_all_replicas_serve_no_pod_s_past_is_a_failure() -> None:
    late_news = pod(
        REVISION, state={"running": {"startedAt": "2026-01-31T11:59:00Z"}}, lastState=ended()["lastState"]
    )
    status = computed(MODEL, Observation(deployment(MODEL, ready=1), (late_news,), told(MODEL)))
    assert word(status, "Ready") == ("True", "Serving")


def test_no_replicas_is_not_so_before_the_deployment_says_it() -> None:
    assert word(computed(truss_model(replicas=0), Observation(None)), "Ready") == ("False", "Scaling")
