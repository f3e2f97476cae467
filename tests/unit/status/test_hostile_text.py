"""Whatever kubelets, runtimes and users say: status and Events stay text that terminals and YAML take."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from nasty import TEXT, VALUE, harm_in
from observed import Json, computed, deployment, pod, progressing, told, truss_model
from truss_operator.builders.revision import revision_of
from truss_operator.controller.transitions import facts_of
from truss_operator.kube.events import event_of
from truss_operator.observation import Observation, PodEvent, Refusal, Route, Signs
from truss_operator.settings import Settings
from truss_operator.status.prose import MESSAGE_BYTES, TRACEBACK_BYTES, lines, one_line
from truss_operator.status.report import read_report

MODEL = truss_model()
REVISION = revision_of(MODEL)
STATUS_BYTES = 48 * 1024
"""With the 64 routes that one account may have, each as long as may be."""
COLUMN = 160
PHASES = st.sampled_from(["import", "init", "load", "routes", "run", "image"])
REPORT = st.fixed_dictionaries(
    {"phase": PHASES, "reason": st.sampled_from(["LoadFailed", "ImportError"]) | TEXT},
    optional={"exceptionType": VALUE, "message": VALUE, "frames": st.lists(TEXT, max_size=4) | VALUE},
)
WAITING = st.fixed_dictionaries(
    {
        "reason": st.sampled_from(["ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError"]) | TEXT,
        "message": TEXT,
    }
)
ENDED = st.fixed_dictionaries(
    {
        "exitCode": st.integers(-(2**40), 2**40),
        "reason": st.sampled_from(["Error", "OOMKilled", "StartError"]) | TEXT,
        "message": REPORT.map(json.dumps) | TEXT,
        "finishedAt": st.just("2026-01-31T11:59:30Z") | TEXT,
    }
)
STATE = st.one_of(
    st.fixed_dictionaries({"waiting": WAITING}),
    st.fixed_dictionaries({"terminated": ENDED}),
    st.fixed_dictionaries({"running": st.just({"startedAt": "2026-01-31T11:59:00Z"})}),
)
CONTAINER = st.fixed_dictionaries(
    {"state": STATE},
    optional={"lastState": STATE, "imageID": TEXT, "restartCount": st.integers(0, 9)},
)
SIGNS = st.builds(
    Signs,
    st.lists(
        st.builds(PodEvent, st.sampled_from(["FailedMount", "Killing"]) | TEXT, TEXT, TEXT), max_size=2
    ).map(tuple),
    st.sampled_from(["unhealthy", "ready", "loading"]) | TEXT,
    TEXT,
    st.booleans(),
)


ROUTES = st.lists(st.builds(Route, TEXT, st.just("POST"), TEXT, st.none() | st.booleans()), max_size=4)
"""Drawn once and repeated: what counts of many is how long they are."""
ROUTES |= st.integers(0, 64).flatmap(
    lambda number: st.builds(Route, TEXT, st.just("POST"), TEXT, st.none()).map(lambda one: [one] * number)
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """A model's only pod, with anything anywhere that others may write."""
    ready = draw(st.booleans())
    shown = pod(REVISION, name="echo-1", ready=ready, **draw(CONTAINER))
    shown["status"] |= {
        "message": draw(TEXT),
        "reason": draw(st.sampled_from(["Evicted", "NodeLost"]) | TEXT),
    }
    shown["status"]["phase"] = draw(st.sampled_from(["Running", "Failed", "Pending"]))
    if draw(st.booleans()):
        shown["status"]["conditions"].append(
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": draw(TEXT)}
        )
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": draw(TEXT)}
    conditions = [failure] if draw(st.booleans()) else progressing("ProgressDeadlineExceeded", "False")
    refusals = (Refusal("InvalidSpec", draw(TEXT)),) if draw(st.booleans()) else ()
    routes = told(MODEL, *draw(ROUTES)) if draw(st.booleans()) else None
    return Observation(
        deployment(MODEL, ready=int(ready), conditions=conditions),
        (shown,),
        routes,
        routes_error=draw(st.none() | TEXT),
        refusals=refusals,
        signs={"echo-1": draw(SIGNS)},
    )


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text in a document with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from texts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, f"{path}[]")


@given(observations())
def test_status_holds_no_harm_and_is_no_longer_than_needed(seen: Observation) -> None:
    status = computed(MODEL, seen, site=Settings().docs_url)
    for path, text in texts(status):
        assert harm_in(text, but="\n" if path == ".lastFailure.traceback" else "") == [], path
    encoded = json.dumps(status, ensure_ascii=False).encode()
    assert len(encoded) < STATUS_BYTES
    assert len(status.get("routesSummary", "")) <= COLUMN
    assert yaml.safe_load(yaml.safe_dump(status, allow_unicode=True)) == status


def test_as_many_routes_as_may_be_told_fit_into_a_status() -> None:
    most = told(MODEL, *[Route("k" * 63, "DELETE", "/" + "p" * 252, None)] * 64)
    seen = Observation(deployment(MODEL, ready=1), (pod(REVISION, ready=True),), most)
    status = computed(MODEL, seen)
    assert len(status["routes"]) == 64
    assert len(status["routesSummary"]) <= COLUMN
    assert len(json.dumps(status).encode()) < STATUS_BYTES


@given(observations())
def test_events_hold_no_harm_and_fit(seen: Observation) -> None:
    regarding: Json = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "echo", "namespace": "ml", "uid": "7d1f", "resourceVersion": "9"},
    }
    for fact in facts_of({}, computed(MODEL, seen, site=Settings().docs_url)):
        event = event_of(regarding, fact, datetime.now(UTC), "operator-0")
        assert len(event["note"].encode()) <= 1024
        assert [harm for _, text in texts(event) for harm in harm_in(text)] == []


@given(VALUE.map(json.dumps) | REPORT.map(json.dumps) | TEXT)
def test_any_termination_message_is_a_report_or_none(message: str) -> None:
    found = read_report(message)
    if found is not None:
        failure = found.as_failure("r1", "2026-01-31T12:00:00Z")
        assert harm_in(failure.message + (failure.exception_type or "")) == []
        assert harm_in(failure.traceback or "", but="\n") == []
        assert len(failure.message.encode()) <= MESSAGE_BYTES
        assert len((failure.traceback or "").encode()) <= TRACEBACK_BYTES


@given(TEXT, st.integers(4, 5000))
def test_one_line_is_one_line_of_that_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert harm_in(line) == []
    assert len(line.encode()) <= limit
    assert one_line(line, limit) == line


@given(st.lists(TEXT, max_size=5))
def test_lines_are_that_many_at_most_and_of_that_length(texts: list[str]) -> None:
    found = lines(texts)
    assert harm_in(found, but="\n") == []
    assert len(found.encode()) <= TRACEBACK_BYTES
    assert found.count("\n") < max(1, len(texts))


def test_letters_of_all_scripts_stay() -> None:
    text = "não 日本語 हिन्दी عربى עברית 👩‍🔬 नि‍ष्ठा"
    assert one_line(text) == text
