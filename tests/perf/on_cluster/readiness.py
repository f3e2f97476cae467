"""From apply to Ready, next to a Deployment and a Service by hand with the same pod; and the writes."""

import json
import re
import time
from dataclasses import dataclass

from cluster import Json, Kubectl, until
from failures import trussmodel

from .watch import News, Watch

QUIET_SECONDS = 10
OPERATOR = Kubectl("trussmodel-system")


@dataclass(frozen=True, slots=True)
class Pair:
    """One TrussModel and one hand-written Deployment, one after the other."""

    ours: float
    """Seconds from the TrussModel's appearance to Ready."""
    theirs: float
    """Seconds from the Deployment's appearance to Available."""
    routes: float
    """Seconds from our Deployment's being available to Ready."""
    writes: int
    """Of the operator, Events aside, until Ready."""
    status_writes: int
    quiet_writes: int
    """In the seconds after it had settled."""


def measure(kubectl: Kubectl, watch: Watch, number: int) -> Pair:
    """Applies a TrussModel, then the same pods by hand.

    Raises:
        TimeoutError: something did not become ready.
    """
    name = f"ours-{number}"
    _settle()
    before, since = _writes(), time.time()
    kubectl.apply(trussmodel(name))
    applied = watch.first(since, lambda news: news.kind == "TrussModel" and news.name == name, name)
    ready = watch.first(
        since, lambda news: news.name == name and _is(news, "TrussModel", "Ready"), f"Ready of {name}"
    )
    available = watch.first(
        since, lambda news: news.name == name and _is(news, "Deployment", "Available"), f"Available of {name}"
    )
    _settle()
    versions = watch.all(since, lambda news: news.kind == "TrussModel" and news.name == name)
    after = _writes()
    time.sleep(QUIET_SECONDS)  # that nothing happens is what is looked at
    quiet = _writes()
    hand = by_hand(kubectl, name, f"theirs-{number}")
    kubectl("delete", "trussmodel", name, "--wait=false")
    since = time.time()
    kubectl.apply(hand)
    name = f"theirs-{number}"
    begun = watch.first(since, lambda news: news.name == name, name)
    theirs = watch.first(
        since, lambda news: news.name == name and _is(news, "Deployment", "Available"), f"Available of {name}"
    )
    kubectl("delete", "deployment,service", f"theirs-{number}", "--wait=false")
    return Pair(
        ours=ready.at - applied.at,
        theirs=theirs.at - begun.at,
        routes=max(0.0, ready.at - available.at),
        writes=after - before,
        status_writes=len({news.object["metadata"]["resourceVersion"] for news in versions}) - 1,
        quiet_writes=quiet - after,
    )


def by_hand(kubectl: Kubectl, model: str, name: str) -> Json:
    """A Deployment and a Service with the pods of a TrussModel, as someone would write them."""
    built = kubectl.get("deployment", model)["spec"]
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": built["template"]["spec"]}
    kept = {key: built[key] for key in ("replicas", "strategy", "progressDeadlineSeconds")}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {**kept, "selector": {"matchLabels": labels}, "template": template},
    }
    port = {"name": "http", "port": 80, "targetPort": "http"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": labels, "ports": [port]},
    }
    return {"apiVersion": "v1", "kind": "List", "items": [service, deployment]}


def _is(news: News, kind: str, condition: str) -> bool:
    conditions = news.object.get("status", {}).get("conditions", [])
    return news.kind == kind and any((c["type"], c["status"]) == (condition, "True") for c in conditions)


def _writes() -> int:
    """What the operator has written since it began, by its own metric."""
    (pod,) = json.loads(
        OPERATOR("get", "pods", "--selector=app.kubernetes.io/name=trussmodel-operator", "--output=json")
    )["items"]
    path = f"/api/v1/namespaces/{OPERATOR.namespace}/pods/{pod['metadata']['name']}:8080/proxy/metrics"
    found = re.findall(
        r'^rest_client_requests_total\{.*method="(?:PATCH|PUT|DELETE)".*\} (\S+)$',
        OPERATOR("get", "--raw", path),
        re.MULTILINE,
    )
    return int(sum(map(float, found)))


def _settle() -> None:
    last: list[int] = []

    def read() -> list[int]:
        last.append(_writes())
        time.sleep(1)
        return last

    until(read, lambda seen: len(seen) > 2 and seen[-1] == seen[-3], 30)
