"""One look at one TrussModel: observe, build, apply what differs, read the routes, compute and patch status.

Level-triggered and idempotent: what it does follows from what is there, never from which event woke it up.
Any error of the API server is raised to the worker, which tries the key again.
"""

import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from truss_operator.api.reading import read_model
from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.builders.children import build_children
from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.builders.refusals import refusals_of
from truss_operator.builders.revision import revision_of
from truss_operator.controller.applier import Applied, Applier, ModelGoneError
from truss_operator.controller.cache import Cache, Entry
from truss_operator.controller.context import current_generation
from truss_operator.controller.inspector import Inspector
from truss_operator.controller.key import Key
from truss_operator.controller.laps import lap
from truss_operator.controller.ownership import is_labelled, is_ours
from truss_operator.controller.pruner import prune_budgets, prune_config_maps, prune_revisions
from truss_operator.controller.recheck import recheck
from truss_operator.controller.settling import Settling, is_ready, tells_of_an_end
from truss_operator.controller.transitions import facts_of
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import Conflict, NotFound
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.merge_patch import merge_patch
from truss_operator.kube.resource import (
    BUDGETS,
    CONFIGMAPS,
    CONTROLLERREVISIONS,
    DEPLOYMENTS,
    PODS,
    TRUSSMODELS,
    Resource,
)
from truss_operator.observation import Course, Json, Observation, Refusal
from truss_operator.probe.dialler import PodAddress
from truss_operator.probe.prober import Outcome
from truss_operator.revisions.decide import Decision, decide
from truss_operator.revisions.stored import read
from truss_operator.status.compute import compute_status, routes_known
from truss_operator.status.reasons import INVALID_SPEC, NAME_CONFLICT

log = logging.getLogger(__name__)

NAME_CONFLICT_PAUSE = 30.0
"""Seconds until a name that was taken is looked at again: no watch tells when a stranger goes."""
PREDECESSOR_PAUSE = 2.0
"""Seconds to leave the garbage collector, should its deletions go unseen."""


class RouteProber(Protocol):
    """Reads routes; `truss_operator.probe.prober.Prober` is one."""

    async def read(self, key: Key, revision: str, pod: PodAddress) -> Outcome:
        """The routes of a revision, asked of this pod."""
        ...

    def forget(self, key: Key) -> None:
        """Drops what is known of a key."""
        ...


@dataclass(frozen=True, slots=True)
class Lookouts:
    """What looks at pods closer than their status does."""

    prober: RouteProber
    """At those that are ready."""
    inspector: Inspector
    """At those that get no further."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """The times that a reconcile reads."""

    now: Callable[[], datetime]
    """Of the wall, aware; goes into the status."""
    monotonic: Callable[[], float]


class Reconciler:
    """Reconciles keys, one call per key at a time; forgets what it keeps of a key with the object."""

    def __init__(
        self,
        api: KubeApi,
        cache: Cache,
        recorder: EventRecorder,
        lookouts: Lookouts,
        clocks: Clocks,
        docs_url: str,
    ) -> None:
        self._api = api
        self._cache = cache
        self._recorder = recorder
        self._prober = lookouts.prober
        self._inspector = lookouts.inspector
        self._clocks = clocks
        self._docs_url = docs_url
        self._applier = Applier(api, cache, recorder)
        self._settling = Settling()

    async def reconcile(self, key: Key) -> float | None:
        """Brings one TrussModel and its status to what they should be.

        Returns:
            Seconds until the next look, or None: when something happens.

        Raises:
            ApiError: A call failed; nothing is lost by calling again.
        """
        entry = self._cache.get(TRUSSMODELS, key)
        if entry is None:
            self._forget(key)
            return None
        current_generation.set(entry.object["metadata"].get("generation"))
        if "deletionTimestamp" in entry.object["metadata"]:
            return None  # the garbage collector's from here on
        model, complaints = read_model(entry.object)
        if complaints := complaints or refusals_of(model):
            return await self._refuse(key, entry, model, complaints)
        with lap("decide"):
            decision = self._decide(key, model)
            manifests = [*decision.keep, *build_children(model, decision.template, decision.shape)]
        try:
            with lap("apply"):
                applied = await self._applier.apply(entry.object, manifests)
        except ModelGoneError:
            return None
        if applied.rolled:
            self._settling.restart(key)
        if not applied.refusals and not applied.in_the_way:
            with lap("prune"):
                await self._prune(key, model.metadata.uid, manifests, decision)
        observation, pause = await self._observe(key, model, decision.course, applied.refusals)
        observation = replace(observation, in_the_way=applied.in_the_way)
        with lap("status"):
            patience = await self._write(key, entry, model, observation)
        return _soonest(_pause(applied), pause, patience)

    async def _refuse(
        self, key: Key, entry: Entry, model: TrussModel, complaints: tuple[str, ...]
    ) -> float | None:
        """A spec that nothing can be made of: the children stay as they are, the status says why."""
        refusals = (Refusal(INVALID_SPEC.name, "; ".join(complaints)),)
        observation, pause = await self._observe(key, model, None, refusals)
        return _soonest(pause, await self._write(key, entry, model, observation))

    async def _prune(self, key: Key, uid: str, manifests: Sequence[Json], decision: Decision) -> None:
        def wanted(resource: Resource) -> set[str]:
            return {m["metadata"]["name"] for m in manifests if m["kind"] == resource.kind}

        await prune_config_maps(self._api, self._cache, key, uid, wanted(CONFIGMAPS))
        await prune_budgets(self._api, self._cache, key, uid, wanted(BUDGETS))
        await prune_revisions(self._api, self._cache, key, uid, decision.drop)

    def _decide(self, key: Key, model: TrussModel) -> Decision:
        stored = [
            read(entry.object)
            for entry in self._cache.owned(CONTROLLERREVISIONS, key)
            if is_ours(entry.object, model.metadata.uid)
        ]
        return decide(
            model,
            self._deployment(key, model),
            self._pods(key),
            [one for one in stored if one is not None],
            self._clocks.now(),
        )

    def _deployment(self, key: Key, model: TrussModel) -> Json | None:
        entry = self._cache.get(DEPLOYMENTS, key)
        return entry.object if entry is not None and is_ours(entry.object, model.metadata.uid) else None

    async def _read_unwatched(self, key: Key) -> None:
        """Where nothing is applied, a Deployment that someone took the label from would go unseen."""
        entry = self._cache.get(DEPLOYMENTS, key)
        if entry is not None and is_labelled(entry.object):
            return
        with contextlib.suppress(NotFound):
            self._cache.put(DEPLOYMENTS, await self._api.get(DEPLOYMENTS, *key))

    def _pods(self, key: Key) -> tuple[Json, ...]:
        return tuple(entry.object for entry in self._cache.owned(PODS, key))

    async def _observe(
        self, key: Key, model: TrussModel, course: Course | None, refusals: tuple[Refusal, ...]
    ) -> tuple[Observation, float | None]:
        pods = self._pods(key)
        if refusals:
            await self._read_unwatched(key)
        revision = course.revision if course is not None else revision_of(model)
        routes = routes_known(model, revision)
        outcome = Outcome(routes)
        if routes is not None:
            self._prober.forget(key)
        else:
            pod = _ready_pod(pods, revision)
            if pod is not None:
                with lap("routes"):
                    outcome = await self._prober.read(key, revision, PodAddress.of(pod))
        failure = model.status.last_failure
        known = failure.reason if failure is not None and failure.revision == revision else None
        with lap("stuck pods"):
            signs, again_after = await self._inspector.look(key, pods, revision, known)
        observation = Observation(
            deployment=self._deployment(key, model),
            pods=pods,
            routes=outcome.report,
            routes_error=outcome.error,
            refusals=refusals,
            signs=signs,
            course=course,
        )
        return observation, _soonest(outcome.again_after, again_after)

    async def _write(
        self, key: Key, entry: Entry, model: TrussModel, observation: Observation
    ) -> float | None:
        if any(signs.pending for signs in observation.signs.values()):
            return None  # `Inspector.look` has said when to come back
        old = entry.object.get("status") or {}
        new = compute_status(model, observation, self._clocks.now(), self._docs_url)
        patch = merge_patch(old, new)
        if not observation.refusals:
            patience = self._settling.patience(
                key, observation.deployment, observation.pods, self._clocks.monotonic()
            )
            if patch and patience > 0 and not tells_of_an_end(old, new):
                return patience
        if not patch:
            return None
        try:
            answer = await self._api.patch_status(
                TRUSSMODELS, key.namespace, key.name, patch, entry.resource_version
            )
        except NotFound:
            self._cache.remove(TRUSSMODELS, entry.object)
            return None
        except Conflict:
            await recheck(self._api, self._cache, TRUSSMODELS, key)
            raise
        self._cache.put(TRUSSMODELS, answer)
        for fact in facts_of(old, new):
            self._recorder.record(answer, fact)
            log.info("%s: %s", fact.reason, fact.note)
        return None

    def _forget(self, key: Key) -> None:
        self._applier.forget(key)
        self._settling.forget(key)
        self._prober.forget(key)
        self._inspector.forget(key)


def _soonest(*pauses: float | None) -> float | None:
    return min((pause for pause in pauses if pause is not None), default=None)


def _pause(applied: Applied) -> float | None:
    if applied.in_the_way:
        return PREDECESSOR_PAUSE
    if any(refusal.reason == NAME_CONFLICT.name for refusal in applied.refusals):
        return NAME_CONFLICT_PAUSE
    return None


def _ready_pod(pods: tuple[Json, ...], revision: str) -> Json | None:
    for pod in pods:
        labels = pod["metadata"].get("labels") or {}
        if labels.get(REVISION_LABEL) == revision and is_ready(pod):
            return pod
    return None
