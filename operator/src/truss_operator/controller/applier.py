"""Makes the children what they should be, and leaves alone what is not ours.

A child is applied when what is wanted, or what is there, is not what the last apply left behind; so a quiet
cluster gets no request at all. Every apply to an existing child carries the resourceVersion that the decision
was made on: a writer with old eyes is refused. First without force, to learn who took a field of ours; then
with it.
"""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from truss_operator.builders.origin import origin_of
from truss_operator.controller.cache import Cache, Entry, entry_of
from truss_operator.controller.key import Key, key_of
from truss_operator.controller.owned import APPLIED_ANNOTATION, covers
from truss_operator.controller.ownership import controller_of, is_ours, is_predecessors
from truss_operator.controller.projection import digest_of
from truss_operator.controller.recheck import recheck
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import Conflict, FieldConflict, Invalid, NotFound
from truss_operator.kube.events import EventRecorder, Fact
from truss_operator.kube.resource import DEPLOYMENTS, TRUSSMODELS, Resource, resource_of
from truss_operator.observation import Json, Refusal
from truss_operator.status.prose import one_line
from truss_operator.status.reasons import INVALID_SPEC, NAME_CONFLICT


class ModelGoneError(Exception):
    """The TrussModel was deleted, and the cache did not know yet."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of applying the children of one TrussModel."""

    rolled: bool = False
    """The Deployment is another than before: its controller has work to do."""
    refusals: tuple[Refusal, ...] = ()
    """Children that cannot be applied. What comes after the first of them was not tried."""
    in_the_way: str = ""
    """A child of an earlier TrussModel of this name, still there, as ``kind/name``: nothing was tried."""


@dataclass(frozen=True, slots=True)
class _Child:
    resource: Resource
    key: Key
    manifest: Json
    """With the annotation that holds the digest."""
    digest: str
    """Of the manifest as it was built."""


class Applier:
    """Applies children, remembering what each apply left behind."""

    def __init__(self, api: KubeApi, cache: Cache, recorder: EventRecorder) -> None:
        self._api = api
        self._cache = cache
        self._recorder = recorder
        self._left: defaultdict[Key, dict[tuple[Resource, Key], tuple[str, str]]] = defaultdict(dict)
        """By TrussModel and child: digests of what was wanted, and of what the apply left."""

    async def apply(self, model: Json, manifests: Sequence[Json]) -> Applied:
        """Applies the manifests in order, those that need it.

        Nothing is written where one of the names belongs to someone else, or where the API server refuses the
        Deployment, whose template holds all that the definition's schema leaves unchecked.

        Args:
            model: The TrussModel, as in the cache.
            manifests: Of all its children.

        Raises:
            ModelGoneError: It is no more.
            ApiError: A call failed for a cause that passes, or for lack of permission. What was applied
                before stays.
        """
        rolled, found = False, []
        children = [_marked(manifest) for manifest in manifests]
        entries = await asyncio.gather(*(self._current(model, child) for child in children))
        if None in entries:
            await self._check_alive(model)
        for child, entry in zip(children, entries, strict=True):
            if entry is not None and not is_ours(entry.object, model["metadata"]["uid"]):
                if is_predecessors(entry.object, model["metadata"]["name"], model["metadata"]["uid"]):
                    return Applied(in_the_way=f"{child.resource.kind.lower()}/{child.key.name}")
                return Applied(refusals=(_name_conflict(child, entry.object),))
            found.append((child, entry))
        if refusal := await self._rehearse(model, found):
            return Applied(refusals=(refusal,))
        for child, entry in found:
            try:
                changed = await self._bring(model, child, entry)
            except Invalid as error:
                return Applied(rolled, (_invalid(model, child, error),))
            rolled = rolled or (changed and child.resource is DEPLOYMENTS)
        self._keep_only(key_of(model), {(child.resource, child.key) for child in children})
        return Applied(rolled)

    def forget(self, owner: Key) -> None:
        """Drops what is remembered of a TrussModel's children: it is gone."""
        self._left.pop(owner, None)

    def _keep_only(self, owner: Key, children: set[tuple[Resource, Key]]) -> None:
        """Drops what is remembered of children that are wanted no longer."""
        left = self._left[owner]
        for slot in left.keys() - children:
            del left[slot]

    async def _current(self, model: Json, child: _Child) -> Entry | None:
        """The child as it is. One that the cache shows as ours is taken from there, any other read live.

        The watches see only what carries our label, so that a stranger of the same name shows in a live read
        alone.
        """
        entry = self._cache.get(child.resource, child.key)
        uid = model["metadata"]["uid"]
        if entry is not None and is_ours(entry.object, uid):
            return entry
        try:
            live = await self._api.get(child.resource, *child.key)
        except NotFound:
            return None
        self._cache.put(child.resource, live)
        entry = self._cache.get(child.resource, child.key)
        if entry is not None and entry.object["metadata"]["uid"] == live["metadata"]["uid"]:
            return entry
        return entry_of(child.resource, key_of(model), live)

    async def _check_alive(self, model: Json) -> None:
        """Before a child is created: one whose deletion was missed must not get its children back."""
        live = await recheck(self._api, self._cache, TRUSSMODELS, key_of(model))
        metadata = live["metadata"] if live is not None else {}
        if metadata.get("uid") != model["metadata"]["uid"] or metadata.get("deletionTimestamp"):
            raise ModelGoneError

    async def _rehearse(self, model: Json, found: Sequence[tuple[_Child, Entry | None]]) -> Refusal | None:
        """Asks the API server whether it would have the Deployment, before another child is made for it."""
        if all(entry is not None for child, entry in found if child.resource is not DEPLOYMENTS):
            return None
        for child, entry in found:
            if child.resource is DEPLOYMENTS and self._needs(model, child, entry):
                try:
                    await self._api.apply(child.resource, child.manifest, force=True, dry_run=True)
                except Invalid as error:
                    return _invalid(model, child, error)
        return None

    def _needs(self, model: Json, child: _Child, entry: Entry | None) -> bool:
        """Whether what is wanted or what is there is not what the last apply left, of whatever process."""
        if entry is None:
            return True
        left, slot = self._left[key_of(model)], (child.resource, child.key)
        if slot not in left and entry.applied == child.digest and covers(entry.owned, child.manifest):
            left[slot] = (child.digest, entry.digest)
        return left.get(slot) != (child.digest, entry.digest)

    async def _bring(self, model: Json, child: _Child, entry: Entry | None) -> bool:
        """Applies one child if it needs it; returns whether it changed."""
        if not self._needs(model, child, entry):
            return False
        try:
            answer = await self._send(model, child, entry)
        except Conflict:
            # Both afresh, for the retry, which begins with spec again.
            for resource, key in ((TRUSSMODELS, key_of(model)), (child.resource, child.key)):
                await recheck(self._api, self._cache, resource, key)
            raise
        self._cache.put(child.resource, answer)
        digest = digest_of(answer)
        self._left[key_of(model)][child.resource, child.key] = (child.digest, digest)
        return entry is None or digest != entry.digest

    async def _send(self, model: Json, child: _Child, entry: Entry | None) -> Json:
        if entry is None:
            return await self._api.apply(child.resource, child.manifest, force=False)
        # The uid, too: of an object that is gone, the resourceVersion alone lets the API server make another.
        known = {"uid": entry.object["metadata"]["uid"], "resourceVersion": entry.resource_version}
        manifest = _with_metadata(child.manifest, known)
        try:
            return await self._api.apply(child.resource, manifest, force=False)
        except FieldConflict as conflict:
            taken = ", ".join(f"{cause.field} ({cause.message})" for cause in conflict.causes)
        except Invalid as error:
            manifest, taken = await self._without_additions(child, known, error), str(error)
        try:
            answer = await self._api.apply(child.resource, manifest, force=True)
        except Invalid as error:
            manifest = await self._without_additions(child, known, error)
            answer = await self._api.apply(child.resource, manifest, force=True)
        self._recorder.record(model, _taken(child, taken))
        return answer

    async def _without_additions(self, child: _Child, known: Json, error: Invalid) -> Json:
        """Takes out of the lists of a child what others have put there, because with it ours is not valid.

        An apply leaves such items alone: a second port of the name that ours has, for one. What is still not
        valid without them is not theirs.

        Returns:
            The manifest to apply now.

        Raises:
            Invalid: It is ours: nothing was changed.
        """
        if "spec" not in child.manifest:
            raise error
        whole = {"metadata": known, "spec": child.manifest["spec"]}
        try:
            answer = await self._api.patch(child.resource, *child.key, whole)
        except Invalid:
            raise error from None
        return _with_metadata(
            child.manifest, {**known, "resourceVersion": answer["metadata"]["resourceVersion"]}
        )


def _marked(manifest: Json) -> _Child:
    digest, metadata = _digest(manifest), manifest["metadata"]
    annotations = {**(metadata.get("annotations") or {}), APPLIED_ANNOTATION: digest}
    marked = _with_metadata(manifest, {"annotations": annotations})
    return _Child(resource_of(manifest), key_of(manifest), marked, digest)


def _digest(manifest: Json) -> str:
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _name_conflict(child: _Child, live: Json) -> Refusal:
    controller = controller_of(live)
    holder = f"{controller['kind']} {controller['name']}" if controller else "no TrussModel"
    return Refusal(
        NAME_CONFLICT.name, f"{child.resource.kind} {child.key.name} is there already and belongs to {holder}"
    )


def _invalid(model: Json, child: _Child, error: Invalid) -> Refusal:
    causes = "; ".join(
        f"{origin_of(cause.field, child.manifest, model['spec'])}: {cause.message}"
        for cause in error.causes
        if cause.field
    )
    return Refusal(INVALID_SPEC.name, f"{child.resource.kind} {child.key.name}: {causes or error}")


def _with_metadata(manifest: Json, known: Json) -> Json:
    return {**manifest, "metadata": {**manifest["metadata"], **known}}


def _taken(child: _Child, what: str) -> Fact:
    return Fact(
        "Warning",
        "FieldTaken",
        one_line(f"{child.resource.kind} {child.key.name} is ours; set back: {what}"),
        "Apply",
    )
