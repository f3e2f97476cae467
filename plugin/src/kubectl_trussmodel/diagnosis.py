"""Why a TrussModel is not ready, in words: from its status, its children, its pods and their Events. Pure.

The status says what failed and what to do (docs/reference/status.md); what it cannot say is that nobody
writes it. That shows in its observedGeneration, so that comes first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_trussmodel.pods import ready, state_of
from kubectl_trussmodel.text import age, lines, moment, one_line, table, wrapped
from kubectl_trussmodel.trussmodel import REVISION_LABEL, Json, TrussModel, items, mapping

_ABSENT_SECONDS = 10
"""For how long an operator that works may not have looked at a change."""
_EVENTS = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was looked at."""

    model: TrussModel
    children: list[Json] = field(default_factory=list)
    """Its Deployment, Service and pods."""
    events: list[Json] = field(default_factory=list)
    """Events of it and of them."""
    operators: list[Json] | None = None
    """Deployments of the operator; None where they were not looked for or may not be."""
    last_words: str = ""
    """The end of the log of the pod that failed, where the failure has no traceback."""

    def of_kind(self, kind: str) -> list[Json]:
        """Its children of that kind."""
        return [child for child in self.children if child.get("kind") == kind]


@dataclass(frozen=True, slots=True)
class Account:
    """What is told."""

    serves: bool
    """Whether what spec asks for is what answers requests."""
    headline: str
    sections: list[tuple[str, list[str]]]
    """Headings with their lines."""

    def text(self) -> list[str]:
        """All of it, line by line."""
        told = wrapped(self.headline)
        for heading, content in self.sections:
            told += ["", f"{heading}:", *(f"  {line}" for line in content)]
        return told


def absent(model: TrussModel, now: datetime) -> bool:
    """Whether the operator should have looked at the TrussModel by now and has not."""
    changed = _changed(model)
    return not model.seen and (changed is None or (now - changed).total_seconds() > _ABSENT_SECONDS)


def diagnose(seen: Seen, now: datetime) -> Account:
    """Gives the account.

    Args:
        seen: What was looked at.
        now: The time, with a time zone.
    """
    model = seen.model
    failure = mapping(model.status.get("lastFailure"))
    sections = [
        ("Operator", _operator(seen, now)),
        ("What happened" if model.seen else "What its status says", _happened(model)),
        (
            f"Traceback ({one_line(failure.get('exceptionType')) or 'Python'})",
            lines(failure.get("traceback")),
        ),
        ("Its last words", lines(seen.last_words)),
        ("Where", _where(model, now)),
        ("Meanwhile", _meanwhile(model)),
        ("What comes next", _outlook(model)),
        ("Children", _children(seen)),
        ("Pods", _pods(seen.of_kind("Pod"), now)),
        ("Events", _events(seen.events, now)),
        ("Try", _commands(seen, now)),
    ]
    if model.serves:
        wanted = (
            {"Pods", "What happened"} if model.condition("Ready").get("reason") != "Serving" else {"Pods"}
        )
        sections = [section for section in sections if section[0] in wanted]
    return Account(model.serves, _headline(model, now), [section for section in sections if section[1]])


def _headline(model: TrussModel, now: datetime) -> str:
    if not model.seen:
        return _unseen(model, now)
    ready_condition = model.condition("Ready")
    reason = ready_condition.get("reason", "Unknown")
    since = age(ready_condition.get("lastTransitionTime"), now)
    if model.serves:
        routes = ", ".join(model.kinds) or "no route"
        return (
            f"{model.name} serves {routes} at {model.status.get('url')}, as revision {model.active}, with"
            f" {model.status.get('replicasSummary')} replicas."
        )
    if model.holds("Ready"):
        return f"{model.name} is as asked and serves nothing: {reason}."
    failure = mapping(model.status.get("lastFailure"))
    stage = f" in the phase {failure.get('phase')}" if failure.get("reason") == reason else ""
    return f"{model.name} is not ready, for {since}: {reason}{stage}."


def _unseen(model: TrussModel, now: datetime) -> str:
    observed = model.status.get("observedGeneration", -1)
    what = "was created" if observed == -1 else "was changed"
    changed = _changed(model)
    when = f" {age(changed.isoformat(), now)} ago" if changed else ""
    if not absent(model, now):
        return f"{model.name} {what}{when}, and the operator has not looked at it yet. Ask again in a moment."
    older = (
        ""
        if observed == -1
        else f" What its status says is of generation {observed}, not of {model.generation}."
    )
    return (
        f"{model.name} {what}{when}, and the operator has not looked at it since: it does not seem to run."
        f"{older}"
    )


def _operator(seen: Seen, now: datetime) -> list[str]:
    if not absent(seen.model, now):
        return []
    if seen.operators is None:
        return [
            "You may not list Deployments of all namespaces: ask whoever runs the cluster whether it runs."
        ]
    if not seen.operators:
        return [
            "No Deployment in any namespace has the label app.kubernetes.io/name=trussmodel-operator:",
            "install it with helm, or start it.",
        ]
    told = []
    for deployment in seen.operators:
        metadata, status = mapping(deployment.get("metadata")), mapping(deployment.get("status"))
        asked = mapping(deployment.get("spec")).get("replicas", 1)
        where = f"{metadata.get('namespace')}/{metadata.get('name')}"
        told.append(
            one_line(f"Deployment {where}: {status.get('readyReplicas', 0)} of {asked} replicas are ready.")
        )
    return told


def _happened(model: TrussModel) -> list[str]:
    """Ready's message; where a revision was restored that names the failure, too."""
    told = wrapped(model.condition("Ready").get("message"))
    failure = mapping(model.status.get("lastFailure"))
    mine = str(model.condition("Ready").get("message", ""))
    if failure and str(failure.get("message")) not in mine:
        told += wrapped(f"{failure.get('reason')}: {failure.get('message')}")
    return told


def _where(model: TrussModel, now: datetime) -> list[str]:
    failure = mapping(model.status.get("lastFailure"))
    if not failure:
        return []
    told = [f"revision {failure.get('revision')}, first {age(failure.get('time'), now)} ago"]
    if failure.get("pod"):
        told.append(f"pod {failure['pod']}")
    if failure.get("container"):
        told.append(f"container {failure['container']}")
    if "exitCode" in failure:
        told.append(f"exit code {failure['exitCode']}")
    return [one_line(", ".join(told)), one_line(f"image {model.spec.get('image')}")]


def _meanwhile(model: TrussModel) -> list[str]:
    if not model.status.get("conditions"):
        return []
    if not model.holds("Available"):
        return ["Nothing answers requests."]
    routes = ", ".join(model.kinds) or "no route"
    return wrapped(f"Revision {model.active} answers requests: {routes} at {model.status.get('url')}.")


def _outlook(model: TrussModel) -> list[str]:
    if not model.seen or model.holds("Ready"):
        return []
    if model.holds("Stalled"):
        return ["Waiting does not help: someone must act."]
    if model.holds("Reconciling"):
        return [
            "It is being worked at: it may come right by itself, and is given up at the progress deadline."
        ]
    return []


def _children(seen: Seen) -> list[str]:
    """Those that should be there and are not."""
    if not seen.model.status.get("conditions"):
        return []
    return [
        f"{kind} {one_line(seen.model.name)} is missing: the operator makes it; is it running?"
        for kind in ("Deployment", "Service")
        if not any(mapping(c.get("metadata")).get("name") == seen.model.name for c in seen.of_kind(kind))
    ]


def _pods(pods: Iterable[Json], now: datetime) -> list[str]:
    rows = []
    for pod in pods:
        metadata, status = mapping(pod.get("metadata")), mapping(pod.get("status"))
        restarts = sum(int(each.get("restartCount", 0)) for each in items(status.get("containerStatuses")))
        rows.append(
            (
                metadata.get("name"),
                mapping(metadata.get("labels")).get(REVISION_LABEL),
                "yes" if ready(pod) else "no",
                state_of(pod),
                restarts,
                age(metadata.get("creationTimestamp"), now),
            )
        )
    return table(("NAME", "REVISION", "READY", "STATE", "RESTARTS", "AGE"), rows) if rows else []


def _events(events: Iterable[Json], now: datetime) -> list[str]:
    """The last ones, oldest first: warnings, and whatever is of the TrussModel itself."""
    told = []
    for event in events:
        about = mapping(event.get("involvedObject"))
        if event.get("type") != "Warning" and about.get("kind") != "TrussModel":
            continue
        series = mapping(event.get("series"))
        time = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
        count = series.get("count") or event.get("count") or 1
        times = f" (x{count})" if count != 1 else ""
        words = (
            f"{about.get('kind')}/{about.get('name')} {event.get('reason')}: {event.get('message')}{times}"
        )
        told.append((str(time or ""), words))
    return [f"{age(time, now):>4}  {one_line(words, 200)}" for time, words in sorted(told)[-_EVENTS:]]


def _commands(seen: Seen, now: datetime) -> list[str]:
    """What to look at or do next, ready to be run."""
    model, failure = seen.model, mapping(seen.model.status.get("lastFailure"))
    there = f"-n {model.namespace}"
    if absent(model, now):
        where = mapping(seen.operators[0].get("metadata")) if seen.operators else {}
        if not where:
            return ["kubectl get deployments -A -l app.kubernetes.io/name=trussmodel-operator"]
        it = f"-n {where.get('namespace')} deployment/{where.get('name')}"
        asked = mapping(seen.operators[0].get("spec")).get("replicas", 1) if seen.operators else 0
        return [one_line(f"kubectl logs {it}" if asked else f"kubectl scale {it} --replicas=1")]
    reason, phase = model.condition("Ready").get("reason"), failure.get("phase")
    told = []
    if reason == "ScaledToZero":
        told.append(f"kubectl scale trussmodel {model.name} {there} --replicas=1")
    if reason == "Paused":
        patch = '{"spec":{"paused":false}}'
        told.append(f"kubectl patch trussmodel {model.name} {there} --type=merge -p '{patch}'")
    there_still = any(
        mapping(pod.get("metadata")).get("name") == failure.get("pod") for pod in seen.of_kind("Pod")
    )
    if phase in ("import", "init", "load", "routes", "run") and there_still:
        told.append(f"kubectl trussmodel logs {model.name} {there} --previous")
    elif phase in ("image", "schedule") and there_still:
        told.append(f"kubectl describe pod {failure['pod']} {there}")
    elif phase == "config":
        told.append(f"kubectl edit trussmodel {model.name} {there}")
    if failure and any(entry.get("outcome") == "Succeeded" for entry in model.history[1:]):
        told.append(f"kubectl trussmodel rollback {model.name} {there}")
    if model.holds("Reconciling"):
        told.append(f"kubectl trussmodel wait {model.name} {there}")
    return [one_line(line) for line in told]


def _changed(model: TrussModel) -> datetime | None:
    """When spec was written last, as far as the fields' managers tell."""
    writes = [
        moment(entry.get("time"))
        for entry in items(model.metadata.get("managedFields"))
        if entry.get("subresource") != "status"
    ]
    times = [time for time in (*writes, moment(model.metadata.get("creationTimestamp"))) if time is not None]
    return max(times, default=None)
