"""The latest known state of every object that the operator watches.

Fed by the watches, by the answers to our own writes (so that an echo of a write is no news) and by a periodic
fresh list. Older versions never replace newer ones; what was deleted does not come back by a late answer.

Objects are kept as text and read when they are asked for, which takes microseconds: as dicts a hundred
thousand of them are gigabytes, and millions of things for Python's garbage collector to go through, with all
else standing still meanwhile.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from truss_operator.controller.key import Key, key_of
from truss_operator.controller.owned import applied_digest, owned_fields
from truss_operator.controller.ownership import is_labelled, owner_key
from truss_operator.controller.projection import digest_of, project
from truss_operator.kube.client import FIELD_MANAGER
from truss_operator.kube.document import dumps, loads
from truss_operator.kube.resource import CHILDREN, TRUSSMODELS, WATCHED, Resource
from truss_operator.observation import Json


@dataclass(frozen=True, slots=True)
class Entry:
    """One object, as the cache has it."""

    owner: Key
    """The TrussModel that it belongs to; a TrussModel belongs to itself."""
    object: Json
    """Projected, see `controller.projection`."""
    digest: str
    """Of what an apply can set; only of children, else empty."""
    version: int
    """Its resourceVersion."""
    applied: str = ""
    """Digest of the manifest that it was applied from, as it says itself; only of children."""
    owned: str = ""
    """The fields of it that are ours, see `controller.owned`; only of children."""

    @property
    def resource_version(self) -> str:
        """As the API server wrote it."""
        text: str = self.object["metadata"]["resourceVersion"]
        return text


class Cache:
    """All watched objects, by type and key, children and pods also by owner.

    Args:
        realm_of: As what a namespace is watched, see `Scope.realm_of`.
    """

    def __init__(self, realm_of: Callable[[str], str] = lambda _: "") -> None:
        self._shelves = {resource: _Shelf(resource, realm_of) for resource in WATCHED}

    def put(self, resource: Resource, obj: Json) -> Key | None:
        """Takes an object as it is now.

        Returns:
            The TrussModel that it concerns; None when this is no news, or concerns none.
        """
        return self._shelves[resource].put(obj)

    def remove(self, resource: Resource, obj: Json) -> Key | None:
        """Takes the news that an object is gone, in its last state. Returns as `put`."""
        shelf = self._shelves[resource]
        shelf.see(obj)
        return shelf.remove(key_of(obj), version_of(obj))

    def get(self, resource: Resource, key: Key) -> Entry | None:
        """One object."""
        kept = self._shelves[resource].entries.get(key)
        return kept.entry() if kept is not None else None

    def version(self, resource: Resource, key: Key) -> int | None:
        """The resourceVersion of one object; None when it is not there."""
        kept = self._shelves[resource].entries.get(key)
        return kept.version if kept is not None else None

    def ready(self, key: Key) -> bool:
        """Whether the status of a TrussModel says that it is ready; told without reading it."""
        kept = self._shelves[TRUSSMODELS].entries.get(key)
        return kept is not None and kept.ready

    def owned(self, resource: Resource, owner: Key) -> Iterator[Entry]:
        """All objects of one type that belong to a TrussModel, by name."""
        shelf = self._shelves[resource]
        return (shelf.entries[key].entry() for key in sorted(shelf.by_owner.get(owner, ())))

    def latest(self, resource: Resource, realm: str = "") -> int:
        """The highest resourceVersion ever seen of an object of that type, or of its end; 0 before the first.

        Of those that the watch of that realm tells of: others, too, are read when one is in the way of a
        child. And what the watch itself has come to, see `reach`.
        """
        return self._shelves[resource].latest.get(realm, 0)

    def reach(self, resource: Resource, realm: str, version: int) -> None:
        """Takes note that the API server has come to that resourceVersion, whatever it was the version of."""
        self._shelves[resource].reach(realm, version)

    def trussmodels(self) -> list[Key]:
        """All TrussModels."""
        return list(self._shelves[TRUSSMODELS].entries)

    def contradicts(self, resource: Resource, listed: Mapping[Key, int], seen: int) -> bool:
        """Whether a list shows an object as it was before what was known of it when the list was begun.

        Args:
            resource: The type listed.
            listed: The resourceVersions in the list.
            seen: What `latest` was when the list was begun. What came later may well be newer.
        """
        return self._shelves[resource].contradicts(listed, seen)

    def prune(self, resource: Resource, present: Collection[Key], version: int, realm: str = "") -> list[Key]:
        """Drops what a fresh list no longer shows.

        Args:
            resource: The type listed.
            present: Keys of all objects in the list.
            version: The moment of the list; what is newer stays.
            realm: Where it was listed; what is elsewhere stays.

        Returns:
            The TrussModels concerned.
        """
        return self._shelves[resource].prune(present, version, realm)

    def sizes(self) -> dict[str, int]:
        """How many objects of each type there are."""
        return {resource.plural: len(shelf.entries) for resource, shelf in self._shelves.items()}


def version_of(obj: Json) -> int:
    """The resourceVersion as the number that it is.

    Source: "resource versions are comparable", KEP-5504; true of every API server backed by etcd.
    """
    return int(obj["metadata"]["resourceVersion"])


def entry_of(resource: Resource, owner: Key, obj: Json) -> Entry:
    """An entry for an object as the API server sent it."""
    kept, version = project(resource, obj), version_of(obj)
    if resource not in CHILDREN:
        return Entry(owner, kept, "", version)
    owned = owned_fields(obj, FIELD_MANAGER)
    return Entry(owner, kept, digest_of(obj), version, applied_digest(obj), owned)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An entry, its object as text."""

    owner: Key
    text: bytes
    digest: str
    version: int
    applied: str
    owned: str
    ready: bool
    """Of a TrussModel: asked at every event of what belongs to it."""

    def entry(self) -> Entry:
        """As it was put."""
        return Entry(self.owner, loads(self.text), self.digest, self.version, self.applied, self.owned)


def _kept(entry: Entry) -> _Kept:
    # Copied, since what the encoder returns holds on to the buffer that it was written into, far larger.
    text = bytes(memoryview(dumps(entry.object)))
    ready = says_ready(entry.object)
    return _Kept(entry.owner, text, entry.digest, entry.version, entry.applied, entry.owned, ready)


def says_ready(model: Json) -> bool:
    """Whether the status of a TrussModel says so; of other objects, False."""
    if model["kind"] != TRUSSMODELS.kind:
        return False
    conditions = (model.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


class _Shelf:
    """The objects of one type."""

    def __init__(self, resource: Resource, realm_of: Callable[[str], str]) -> None:
        self.resource = resource
        self._realm_of = realm_of
        self.entries: dict[Key, _Kept] = {}
        self.by_owner: defaultdict[Key, set[Key]] = defaultdict(set)
        self.latest: dict[str, int] = {}
        self._deleted: dict[Key, int] = {}

    def see(self, obj: Json) -> None:
        if self.resource is TRUSSMODELS or is_labelled(obj):
            self.reach(self._realm_of(key_of(obj).namespace), version_of(obj))

    def reach(self, realm: str, version: int) -> None:
        self.latest[realm] = max(version, self.latest.get(realm, 0))

    def put(self, obj: Json) -> Key | None:
        self.see(obj)
        key, version = key_of(obj), version_of(obj)
        known = self.entries.get(key)
        if version <= self._known(key):
            return None
        owner = key if self.resource is TRUSSMODELS else owner_key(obj)
        if owner is None:
            return self.remove(key, version)
        self._deleted.pop(key, None)
        if known is not None and known.owner != owner:
            self._unlink(key, known.owner)
        self.entries[key] = _kept(entry_of(self.resource, owner, obj))
        self.by_owner[owner].add(key)
        return owner

    def remove(self, key: Key, version: int) -> Key | None:
        known = self.entries.get(key)
        if known is not None and known.version > version:
            return None
        self._deleted[key] = max(version, self._deleted.get(key, 0))
        if known is None:
            return None
        del self.entries[key]
        self._unlink(key, known.owner)
        return known.owner

    def contradicts(self, listed: Mapping[Key, int], seen: int) -> bool:
        return any(version < self._known(key) <= seen for key, version in listed.items())

    def prune(self, present: Collection[Key], version: int, realm: str) -> list[Key]:
        def is_old(key: Key, at: int) -> bool:
            return at <= version and self._realm_of(key.namespace) == realm

        gone = [key for key, each in self.entries.items() if key not in present and is_old(key, each.version)]
        owners = [self.remove(key, version) for key in gone]
        self._deleted = {key: at for key, at in self._deleted.items() if not is_old(key, at)}
        return [owner for owner in owners if owner is not None]

    def _known(self, key: Key) -> int:
        """At which version it is known, or known to be gone."""
        known = self.entries.get(key)
        return known.version if known else self._deleted.get(key, 0)

    def _unlink(self, key: Key, owner: Key) -> None:
        keys = self.by_owner[owner]
        keys.discard(key)
        if not keys:
            del self.by_owner[owner]
