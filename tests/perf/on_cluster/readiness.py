"""From apply to Ready, next to a Deployment and a Service by hand with the same pod; and the writes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from cluster import Json, Kubectl
from failures import trussmodel

from .watch import News, Watch

SETTLE_SECONDS = 3
QUIET_SECONDS = 10
CHILDREN = ("ControllerRevision", "Service", "Deployment")
"""What the operator makes of a TrussModel of one replica without a config."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One TrussModel and one hand-written Deployment, at the same time."""

    ours: float
    """Seconds from the TrussModel's appearance to Ready."""
    theirs: float
    """Seconds from the Deployment's appearance to Available."""
    routes: float
    """Seconds from our Deployment's being available to Ready."""
    writes: int
    """Of the operator until it had settled: those that changed anything, Events aside."""
    status_writes: int
    quiet_writes: int
    """In the ten seconds after."""


def pattern(kubectl: Kubectl) -> Json:
    """Returns the spec of a Deployment that the operator has made, for `by_hand`."""
    kubectl.apply(trussmodel("pattern"))
    kubectl.wait("pattern", "Ready")
    built: Json = kubectl.get("deployment", "pattern")["spec"]
    kubectl("delete", "trussmodel", "pattern", "--wait=false")
    return built


def measure(kubectl: Kubectl, watch: Watch, built: Json, number: int) -> Pair:
    """Applies a TrussModel and the same pods by hand, both at once so that what else goes on slows both.

    Args:
        kubectl: of the namespace.
        watch: of its TrussModels and Deployments.
        built: what `pattern` returned.
        number: of the round; which of the two is first changes with it.

    Raises:
        TimeoutError: something did not become ready.
    """
    ours, theirs = f"ours-{number}", f"theirs-{number}"
    since = time.time()
    both = [trussmodel(ours), *by_hand(built, theirs)]
    items = both if number % 2 else both[1:] + both[:1]
    kubectl.apply({"apiVersion": "v1", "kind": "List", "items": items})

    def when(name: str, holds: Callable[[News], bool], what: str) -> float:
        return watch.first(since, lambda news: news.name == name and holds(news), f"{what} of {name}").at

    applied = when(ours, lambda news: news.kind == "TrussModel", "a sign")
    ready = when(ours, lambda news: _is(news, "TrussModel", "Ready"), "Ready")
    available = when(ours, lambda news: _is(news, "Deployment", "Available"), "Available")
    begun = when(theirs, lambda news: news.kind == "Deployment", "a sign")
    their_ready = when(theirs, lambda news: _is(news, "Deployment", "Available"), "Available")
    time.sleep(SETTLE_SECONDS)
    settled = time.time()
    time.sleep(QUIET_SECONDS)  # that nothing happens is what is looked at
    status = _written(watch, ours, since, "TrussModel") - 1
    written = sum(_written(watch, ours, since, kind) for kind in CHILDREN)
    quiet = sum(_written(watch, ours, settled, kind) for kind in ("TrussModel", *CHILDREN))
    kubectl("delete", "trussmodel", ours, "--wait=false")
    kubectl("delete", "deployment,service", theirs, "--wait=false")
    return Pair(
        ours=ready - applied,
        theirs=their_ready - begun,
        routes=max(0.0, ready - available),
        writes=written + status,
        status_writes=status,
        quiet_writes=quiet,
    )


def by_hand(built: Json, name: str) -> list[Json]:
    """A Service and a Deployment with the pods of a TrussModel, as someone would write them.

    Args:
        built: the spec of the Deployment that the operator has made.
        name: of both.
    """
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
    return [service, deployment]


def _is(news: News, kind: str, condition: str) -> bool:
    conditions = news.object.get("status", {}).get("conditions", [])
    return news.kind == kind and any((c["type"], c["status"]) == (condition, "True") for c in conditions)


def _written(watch: Watch, name: str, since: float, kind: str) -> int:
    """How often an object was changed by whoever writes it, but for a Deployment's controllers.

    Those write status and annotations, which are no new generation.
    """
    news = watch.all(since, lambda news: news.kind == kind and f"{news.name}-".startswith(f"{name}-"))
    if kind != "Deployment":
        return len({each.object["metadata"]["resourceVersion"] for each in news})
    known = watch.all(0, lambda news: news.at < since and (news.kind, news.name) == (kind, name))
    return len(_generations(news) - _generations(known))


def _generations(news: list[News]) -> set[int]:
    return {each.object["metadata"]["generation"] for each in news}
