"""From a fact to the status that tells it: each failure is brought about, and the seconds are counted.

The moment of a fact is the one that the cluster itself gives it: when a container ended, when a condition
changed, when an Event was first seen. Those are whole seconds, cut off, so that a figure is up to a second
too long. What has no such moment, as a container that waits, counts from when the API server told of it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cluster import Json, Kubectl
from failures import trussmodel

from .watch import News, Watch

Moment = Callable[[News], float | None]
"""When the fact happened, if that is what this news shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A failure, and how it shows on the cluster."""

    name: str
    reason: str
    fact: Moment
    spec: dict[str, Any]
    ask: Json | None = None
    """Sent to /predict once the model serves."""
    elsewhere: tuple[str, ...] = ()
    """Reasons of the same fact on a cluster in another place: whether a registry is in reach decides."""


def measure(kubectl: Kubectl, watch: Watch, failure: Failure, number: int) -> float:
    """Brings it about, for the nth time, and returns the seconds from the fact to ``status.lastFailure``.

    Raises:
        TimeoutError: it did not come, or the status never told it.
    """
    name = f"{failure.name}-{number}"
    since = time.time()
    kubectl.apply(trussmodel(name, **failure.spec))
    try:
        if failure.ask is not None:
            kubectl.wait(name, "Ready")
            since = time.time()
            _ask(kubectl, name, failure.ask)

        def shows(news: News) -> bool:
            return _subject(news).startswith(f"{name}-") and failure.fact(news) is not None

        def told(news: News) -> bool:
            last = news.object.get("status", {}).get("lastFailure", {})
            reasons = (failure.reason, *failure.elsewhere)
            return news.kind == "TrussModel" and news.name == name and last.get("reason") in reasons

        fact = watch.first(since, shows, f"the fact behind {failure.reason} of {name}")
        status = watch.first(since, told, f"{failure.reason} in the status of {name}")
        return max(0.0, status.at - (failure.fact(fact) or fact.at))  # the watches of two kinds race
    finally:
        kubectl("delete", "trussmodel", name, "--wait=false")


def waits(*reasons: str) -> Moment:
    """A container that waits for one of these reasons."""

    def moment(news: News) -> float | None:
        waiting = [each.get("state", {}).get("waiting", {}).get("reason") for each in _containers(news)]
        return news.at if set(waiting) & set(reasons) else None

    return moment


def ended(news: News) -> float | None:
    """A container that ended."""
    ends = [
        each.get(state, {}).get("terminated")
        for each in _containers(news)
        for state in ("state", "lastState")
    ]
    return next((_time(end["finishedAt"]) for end in ends if end), None)


def condition_is(kind: str, status: str) -> Moment:
    """A condition of a pod or of a Deployment."""

    def moment(news: News) -> float | None:
        for each in news.object.get("status", {}).get("conditions", []):
            if (each["type"], each["status"]) == (kind, status):
                return _time(each["lastTransitionTime"])
        return None

    return moment


def event(*reasons: str) -> Moment:
    """An Event about a pod or a ReplicaSet."""

    def moment(news: News) -> float | None:
        if news.kind != "Event" or news.object["reason"] not in reasons:
            return None
        return _time(news.object.get("firstTimestamp") or news.object["eventTime"])

    return moment


def _ask(kubectl: Kubectl, name: str, body: Json) -> None:
    code = (
        "import sys, urllib.request as r\n"
        "try: r.urlopen(r.Request('http://127.0.0.1:8080/predict', sys.argv[1].encode()), timeout=5)\n"
        "except OSError: pass"
    )
    kubectl.run("exec", f"deployment/{name}", "--", "python3", "-c", code, json.dumps(body), check=False)


def _subject(news: News) -> str:
    about: Json = news.object.get("involvedObject") or news.object["metadata"]
    return f"{about['name']}-"


def _containers(news: News) -> list[Json]:
    found: list[Json] = (
        news.object.get("status", {}).get("containerStatuses", []) if news.kind == "Pod" else []
    )
    return found


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


SMALL = {"limits": {"memory": "160Mi"}}
ABSENT = "trussmodel/absent:0.0.0"
FAILURES = (
    Failure(
        "image-name",
        "InvalidImageName",
        waits("ErrImagePull", "InvalidImageName"),
        {"image": "UPPER/case:no"},
    ),
    Failure(
        "image-absent",
        "ImagePullFailed",
        waits("ErrImagePull", "ImagePullBackOff"),
        {"image": ABSENT},
        elsewhere=("ImageNotFound", "ImagePullUnauthorized"),
    ),
    Failure(
        "no-entry-point",
        "StartFailed",
        waits("CreateContainerError", "RunContainerError"),
        {"image": "trussmodel/test-bare:0.1.0"},
    ),
    Failure(
        "unschedulable",
        "Unschedulable",
        condition_is("PodScheduled", "False"),
        {"nodeSelector": {"trussmodel.dev/absent": "yes"}},
    ),
    Failure(
        "refused",
        "PodRefused",
        condition_is("ReplicaFailure", "True"),
        {"podTemplate": {"spec": {"securityContext": {"runAsNonRoot": False}}}},
    ),
    Failure(
        "no-secret",
        "ConfigMissing",
        event("FailedMount"),
        {"secrets": {"hub": {"name": "no-secret", "key": "token"}}},
    ),
    Failure(
        "no-config-map",
        "ConfigMissing",
        waits("CreateContainerConfigError"),
        {"envFrom": [{"configMapRef": {"name": "no-config-map"}}]},
    ),
    Failure("import", "ImportError", ended, {"env": {"LAB_FAIL": "import"}}),
    Failure("init", "InitFailed", ended, {"env": {"LAB_FAIL": "init"}}),
    Failure("load", "LoadFailed", ended, {"env": {"LAB_FAIL": "load"}}),
    Failure(
        "load-late",
        "LoadTimeout",
        ended,
        {"env": {"LAB_LOAD_SECONDS": "600"}, "timeouts": {"loadSeconds": 2}},
    ),
    Failure(
        "route-missing",
        "RequiredRouteMissing",
        ended,
        {"requiredRoutes": ["completions"], "env": {"LAB_ROUTES": "predict"}},
    ),
    Failure("memory", "OutOfMemory", ended, {"env": {"LAB_FAIL": "memory"}, "resources": SMALL}),
    Failure("signal", "Crashed", ended, {"env": {"LAB_FAIL": "segfault"}}),
    Failure("early", "ExitedEarly", ended, {"env": {"LAB_FAIL": "done"}}),
    Failure("unhealthy", "Unhealthy", condition_is("Ready", "False"), {}, ask={"ill": True}),
)
