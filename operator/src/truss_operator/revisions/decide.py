"""Decides which revision a TrussModel's Deployment runs: the one that spec asks for, or the last good one.

The decision follows from what is there and what is remembered, so that it is the same on every look and in
every process: a revision that has failed is never tried again, and nothing is restored twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from truss_operator.api.v1alpha1 import LastFailure, TrussModel
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.pod import build_pod_template
from truss_operator.builders.revision import revision_of
from truss_operator.observation import Course, Json
from truss_operator.revisions.history import History, known
from truss_operator.revisions.judge import failure_of
from truss_operator.revisions.stored import Record, Stored, manifest, store, surplus
from truss_operator.status.lenient import count, text
from truss_operator.status.pods import living
from truss_operator.status.rollout import rollout_of
from truss_operator.times import rfc3339


@dataclass(frozen=True, slots=True)
class Decision:
    """What to run and what to keep."""

    course: Course
    """For the status."""
    template: dict[str, Any]
    """The pod template to run."""
    shape: TrussModel
    """The TrussModel with what the mounted children of that template are made from."""
    keep: tuple[dict[str, Any], ...]
    """ControllerRevisions to apply before anything else: of what they say the next decision is made."""
    drop: tuple[str, ...]
    """Revisions whose ControllerRevisions are no longer needed."""


def decide(
    model: TrussModel,
    deployment: Json | None,
    pods: Iterable[Json],
    stored: Iterable[Stored],
    now: datetime,
) -> Decision:
    """Decides.

    Args:
        model: With its status.
        deployment: Its Deployment, if there is one.
        pods: Its pods, of any revision.
        stored: Its revisions.
        now: The time, with a time zone.
    """
    wanted, at = revision_of(model), rfc3339(now)
    shelf = {one.revision: one for one in stored}
    history = known(model.status.history or (), shelf).wanting(wanted, model.spec.image, at)
    history, failure = _judged(model, wanted, history, deployment, tuple(pods), at)
    failure = failure or _remembered(model, wanted, history, shelf.get(wanted))
    run, template = _chosen(model, wanted, history, shelf)
    if template is None:
        template = build_pod_template(model, wanted)
    of_run = shelf[run].spec() if run != wanted else model.spec.as_json()
    shape = model.model_copy(update={"spec": model.spec.model_copy(update={"config": of_run.get("config")})})
    keep = _to_keep(model, wanted, template, history, failure, shelf)
    needed = {wanted, run, *[revision for revision in history.good() if revision in shelf][:2]}
    return Decision(
        course=Course(run, str(of_run.get("image", "")), history.entries, failure),
        template=template,
        shape=shape,
        keep=tuple(manifest(model, one) for one in keep),
        drop=surplus(shelf.values(), needed),
    )


def _judged(
    model: TrussModel,
    wanted: str,
    history: History,
    deployment: Json | None,
    pods: tuple[Json, ...],
    now: str,
) -> tuple[History, LastFailure | None]:
    """The history with what the revision that runs has come to; and why the wanted one just failed."""
    running = text(deployment, "spec", "template", "metadata", "labels", REVISION_LABEL)
    rollout = rollout_of(deployment, running, count(deployment, "spec", "replicas"))
    if running and rollout.good:
        return history.succeeded(running, now), None
    entry = history.of(wanted)
    if running != wanted or entry is None or entry.outcome != "Progressing" or model.spec.paused:
        return history, None
    failure = failure_of(wanted, rollout, living(pods, {}), model.status.last_failure, now)
    if failure is None:
        return history, None
    return history.failed(wanted, failure.reason, now), failure


def _remembered(
    model: TrussModel, wanted: str, history: History, stored: Stored | None
) -> LastFailure | None:
    """Why the wanted revision failed when it did."""
    entry = history.of(wanted)
    if entry is None or entry.outcome != "Failed":
        return None
    if stored is not None and stored.record is not None and stored.record.failure is not None:
        return stored.record.failure
    told = model.status.last_failure
    return told if told is not None and told.revision == wanted else None


def _chosen(
    model: TrussModel, wanted: str, history: History, shelf: dict[str, Stored]
) -> tuple[str, dict[str, Any] | None]:
    """The revision to run, with its template where one is stored.

    A revision that failed gives way to the last good one, if that is stored. Without one there is nothing
    better.
    """
    entry = history.of(wanted)
    automatic = model.spec.rollout is None or model.spec.rollout.rollback == "Automatic"
    if automatic and entry is not None and entry.outcome == "Failed":
        for revision in history.good():
            template = shelf[revision].template() if revision in shelf else None
            if template is not None:
                return revision, template
    return wanted, shelf[wanted].template() if wanted in shelf else None


def _to_keep(
    model: TrussModel,
    wanted: str,
    template: dict[str, Any],
    history: History,
    failure: LastFailure | None,
    shelf: dict[str, Stored],
) -> list[Stored]:
    """What to write down: the wanted revision when it is new or asked for again, and when one has failed.

    What has become of the others is brought up to date at the same time, and else waits for it: a rollout
    that goes well costs one write of its revision.
    """
    highest = max((one.number for one in shelf.values()), default=0)
    mine = shelf.get(wanted)
    if mine is None:
        mine = store(model, wanted, highest + 1, template)
    elif mine.number < highest:
        mine = replace(mine, number=highest + 1)
    told = mine.record is not None and mine.record.failure is not None
    if shelf.get(wanted) == mine and (failure is None or told):
        return []
    changed = []
    for one in (mine, *(other for other in shelf.values() if other.revision != wanted)):
        entry = history.of(one.revision)
        record = one.record
        if entry is not None and (record is None or record.entry != entry):
            failed = failure if one is mine else record.failure if record is not None else None
            record = Record(entry=entry, failure=failed if entry.outcome == "Failed" else None)
        if replace(one, record=record) != shelf.get(one.revision):
            changed.append(replace(one, record=record))
    return changed
