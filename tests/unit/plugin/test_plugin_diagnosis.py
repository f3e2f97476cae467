"""Doctor's account of statuses as the operator itself computes them."""

from datetime import UTC, datetime

from kubectl_trussmodel.diagnosis import Seen, diagnose
from kubectl_trussmodel.trussmodel import TrussModel
from observed import Json, computed, deployment, ended, pod, serving, told, truss_model, with_status
from truss_operator.api.v1alpha1 import TrussModel as ApiTrussModel
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Observation

MODEL = truss_model()
REVISION = revision_of(MODEL)
NOW = datetime(2026, 1, 31, 12, 5, 0, tzinfo=UTC)
POD: Json = {
    **pod(REVISION, **ended("Killed", exit_code=137)),
    "kind": "Pod",
}
CHILDREN: list[Json] = [
    {"kind": "Deployment", "metadata": {"name": "echo"}},
    {"kind": "Service", "metadata": {"name": "echo"}},
]
REPORT = (
    '{"phase": "load", "reason": "LoadFailed", "exceptionType": "ValueError",'
    ' "message": "no weights in /models", "frames": ["model/model.py:14 in load: raise ValueError(...)"]}'
)


def seen(model: ApiTrussModel, status: Json, **looked_at: object) -> Seen:
    """What doctor has before it when the operator has written that status."""
    document = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    metadata = {**document["metadata"], "creationTimestamp": "2026-01-31T11:00:00Z"}
    shown = TrussModel({**document, "metadata": metadata, "status": status})
    return Seen(shown, **{"children": CHILDREN, **looked_at})  # type: ignore[arg-type]  # its own fields


def failed(container: Json, model: ApiTrussModel = MODEL) -> Json:
    return computed(model, Observation(deployment(model), (pod(REVISION, **container),)))


def text(seen: Seen) -> str:
    return "\n".join(diagnose(seen, NOW).text())


def test_failed_load_is_told_from_headline_to_command() -> None:
    account = diagnose(seen(MODEL, failed(ended(REPORT)), children=[*CHILDREN, POD]), NOW)

    assert not account.serves
    assert account.text() == [
        "echo is not ready, for 5m: LoadFailed in the phase load.",
        "",
        "What happened:",
        "  load() raised an exception: no weights in /models. Mend what it loads from, or the model in a new",
        "  image; it is tried again with growing pauses.",
        "",
        "Traceback (ValueError):",
        "  model/model.py:14 in load: raise ValueError(...)",
        "",
        "Where:",
        f"  revision {REVISION}, first 5m ago, pod echo-5f6d-x2x, container model, exit code 1",
        "  image registry.example.com/echo:1",
        "",
        "Meanwhile:",
        "  Nothing answers requests.",
        "",
        "What comes next:",
        "  Waiting does not help: someone must act.",
        "",
        "Pods:",
        "  NAME            REVISION     READY   STATE              RESTARTS   AGE",
        f"  echo-5f6d-x2x   {REVISION}   no      CrashLoopBackOff   0          -",
        "",
        "Try:",
        "  kubectl trussmodel logs echo -n ml --previous",
    ]


def test_a_model_that_serves_is_told_in_a_line_and_its_pods() -> None:
    model = serving(MODEL)
    status = model.model_dump(mode="json", by_alias=True, exclude_none=True)["status"]

    account = diagnose(seen(model, status), NOW)

    assert account.serves
    serves = f"echo serves predict, chat_completions at http://echo.ml.svc, as revision {REVISION}"
    assert account.headline == f"{serves}, with 1/1 replicas."
    assert account.sections == []


def test_an_older_revision_that_serves_meanwhile_is_named_and_the_way_back_too() -> None:
    old = serving(MODEL)
    new = with_status(old, old.status.as_json(), image="registry.example.com/echo:2")
    pods = (
        pod(REVISION, name="old", ready=True),
        pod(revision_of(new), name="new", **ended(REPORT)),
    )
    history = [
        {
            "revision": revision_of(new),
            "image": "b",
            "time": "2026-01-31T12:00:00Z",
            "outcome": "Progressing",
        },
        {"revision": REVISION, "image": "a", "time": "2026-01-31T11:00:00Z", "outcome": "Succeeded"},
    ]
    status = computed(new, Observation(deployment(new, ready=1, replicas=2, updatedReplicas=1), pods))

    said = text(seen(new, {**status, "history": history}))

    assert f"Revision {REVISION} answers requests: predict, chat_completions at http://echo.ml.svc." in said
    assert "kubectl trussmodel rollback echo -n ml" in said


def test_an_operator_that_is_absent_comes_first_and_is_looked_up() -> None:
    model = truss_model(generation=3)
    status = {**failed(ended(REPORT)), "observedGeneration": 2}
    down = {
        "metadata": {"namespace": "trussmodel-system", "name": "trussmodel-operator"},
        "spec": {"replicas": 1},
    }

    lines = diagnose(seen(model, status, operators=[down]), NOW).text()

    told = " ".join(lines[: lines.index("What its status says:")])
    assert "was changed 65m ago, and the operator has not looked at it since" in told
    assert "of generation 2, not of 3" in told
    assert "Deployment trussmodel-system/trussmodel-operator: 0 of 1 replicas are ready." in told
    assert lines[-1] == "  kubectl logs -n trussmodel-system deployment/trussmodel-operator"


def test_an_operator_without_replicas_is_to_be_scaled() -> None:
    down = {"metadata": {"namespace": "ops", "name": "tm"}, "spec": {"replicas": 0}}

    said = text(seen(MODEL, {"observedGeneration": -1}, operators=[down]))

    assert "kubectl scale -n ops deployment/tm --replicas=1" in said


def test_a_cluster_without_an_operator_is_told_so() -> None:
    said = text(seen(MODEL, {"observedGeneration": -1}, operators=[]))

    assert "was created 65m ago" in said
    assert "install it with helm, or start it" in said


def test_who_may_not_look_for_the_operator_is_told_whom_to_ask() -> None:
    assert "You may not list Deployments" in text(seen(MODEL, {"observedGeneration": -1}, operators=None))


def test_a_missing_child_is_told() -> None:
    said = text(seen(MODEL, failed(ended(REPORT)), children=CHILDREN[:1]))

    assert "Service echo is missing" in said
    assert "Deployment echo is missing" not in said


def test_no_replicas_is_as_asked_and_does_not_serve() -> None:
    model = truss_model(replicas=0)
    status = computed(model, Observation(deployment(model)))

    account = diagnose(seen(model, status), NOW)

    assert not account.serves
    assert account.headline == "echo is as asked and serves nothing: ScaledToZero."
    assert ("Try", ["kubectl scale trussmodel echo -n ml --replicas=1"]) in account.sections


def test_a_paused_change_names_the_command_that_goes_on() -> None:
    model = truss_model(paused=True)
    status = computed(model, Observation(deployment(model), (pod(REVISION),)))

    assert '-p \'{"spec":{"paused":false}}\'' in text(seen(model, status))


def test_a_rollout_under_way_is_waited_for() -> None:
    status = computed(MODEL, Observation(deployment(MODEL), (pod(REVISION),)))

    assert "kubectl trussmodel wait echo -n ml" in text(seen(MODEL, status))


def test_an_image_that_is_absent_leads_to_its_pod() -> None:
    container = {"state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}

    assert "kubectl describe pod echo-5f6d-x2x -n ml" in text(seen(MODEL, failed(container), children=[POD]))


def test_a_pod_that_is_gone_is_not_pointed_at() -> None:
    assert "kubectl trussmodel logs" not in text(seen(MODEL, failed(ended(REPORT))))


def test_last_words_stand_where_there_is_no_traceback() -> None:
    said = text(seen(MODEL, failed(ended("Killed", exit_code=137)), last_words="one\n\x1b[31mtwo"))

    assert "Its last words:\n  one\n  [31mtwo" in said


def test_events_are_told_oldest_first_with_how_often() -> None:
    about = {"kind": "Pod", "name": "echo-5f6d-x2x"}
    events: list[Json] = [
        {
            "type": "Warning",
            "reason": "BackOff",
            "message": "Back-off restarting",
            "count": 5,
            "lastTimestamp": "2026-01-31T12:04:00Z",
            "involvedObject": about,
        },
        {
            "type": "Warning",
            "reason": "Failed",
            "message": "no",
            "eventTime": "2026-01-31T12:01:00.000000Z",
            "involvedObject": about,
        },
        {"type": "Normal", "reason": "Pulled", "message": "well", "involvedObject": about},
    ]

    account = diagnose(seen(MODEL, failed(ended(REPORT)), events=events), NOW)

    assert dict(account.sections)["Events"] == [
        "  4m  Pod/echo-5f6d-x2x Failed: no",
        " 60s  Pod/echo-5f6d-x2x BackOff: Back-off restarting (x5)",
    ]


def test_nothing_that_others_wrote_reaches_the_terminal_as_control_characters() -> None:
    bad = "\x1b]0;owned\x07\u202e\x9b2J\r\n"
    status = failed(ended(REPORT))
    status["lastFailure"] |= {"message": bad, "traceback": bad * 2, "pod": bad, "exceptionType": bad}
    status["conditions"] = [{**each, "message": bad, "reason": bad} for each in status["conditions"]]
    event = {"type": "Warning", "message": bad, "reason": bad, "involvedObject": {"kind": bad, "name": bad}}

    said = diagnose(seen(MODEL, status, events=[event], last_words=bad), NOW).text()

    assert [c for line in said for c in line if not c.isprintable()] == []


def test_an_odd_status_is_told_without_falling_over() -> None:
    odd: Json = {
        "observedGeneration": 1,
        "conditions": "no list",
        "history": [7],
        "lastFailure": [],
        "routes": {},
    }

    assert text(seen(MODEL, odd))


def test_the_model_told_of_is_what_the_operator_s_own_probe_saw() -> None:
    status = computed(
        MODEL, Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),), told(MODEL))
    )

    assert diagnose(seen(MODEL, status), NOW).serves
