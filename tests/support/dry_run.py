"""What an operator that starts now would write: the real reconcile on a fresh list, as a dry run.

The API server itself says what would come of each write (`dryRun=All`), so that a value which it stores
otherwise than it was sent is no difference, and a field that someone took is one.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from truss_operator.builders.labels import MANAGED_BY_SELECTOR
from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.controller.cache import Cache
from truss_operator.controller.inspector import Inspector
from truss_operator.controller.key import Key
from truss_operator.controller.reconciler import Clocks, Lookouts, Reconciler
from truss_operator.kube.client import KubeClient
from truss_operator.kube.credentials import Credentials
from truss_operator.kube.errors import NotFound
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.resource import TRUSSMODELS, WATCHED, Resource
from truss_operator.observation import Json
from truss_operator.probe.dialler import DirectDialler
from truss_operator.probe.prober import Prober
from truss_operator.probe.slots import Slots
from truss_operator.probe.state import StateReader
from truss_operator.settings import Settings

_VOLATILE = {(".metadata", key) for key in ("managedFields", "resourceVersion", "generation")}


class DryClient(KubeClient):
    """The operator's own client, whose writes leave no trace but in `differences`."""

    differences: list[str]

    async def _object(
        self,
        method: str,
        resource: Resource,
        namespace: str,
        name: str | None = None,
        *,
        subresource: str | None = None,
        query: Sequence[tuple[str, str]] = (),
        body: Json | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        if method == "GET":
            return await super()._object(method, resource, namespace, name)
        query = [each for each in query if each[0] != "dryRun"]
        before = await self._before(resource, namespace, name)
        after = await super()._object(
            method,
            resource,
            namespace,
            name,
            subresource=subresource,
            query=[*query, ("dryRun", "All")],
            body=body,
            content_type=content_type,
        )
        what = f"{method} {resource.plural}/{name}" + (f"/{subresource}" if subresource else "")
        if method == "DELETE":
            self.differences.append(what)
        else:
            self.differences += [f"{what}: {change}" for change in changes(before, after)]
            after["metadata"].setdefault("resourceVersion", "1")  # what would be created has none
        return after

    async def _before(self, resource: Resource, namespace: str, name: str | None) -> dict[str, Any]:
        if name is None:
            return {}
        try:
            return await super()._object("GET", resource, namespace, name)
        except NotFound:
            return {}


def changes(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two objects differ, as ``path: old -> new``; what every write changes is left out."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = sorted({*before, *after})
        return [
            change
            for key in keys
            if (path, key) not in _VOLATILE
            for change in changes(before.get(key), after.get(key), f"{path}.{key}")
        ]
    return [] if before == after else [f"{path}: {before!r} -> {after!r}"]


class DryRun:
    """Looks on behalf of an operator that has just started, as often as it is asked.

    Args:
        client: An administrator's.
    """

    def __init__(self, client: DryClient) -> None:
        self._client = client
        self._dialler = DirectDialler(2, lambda _: True)

    @classmethod
    async def connect(cls, kubeconfig: Path) -> "DryRun":
        client = await DryClient.connect(Credentials(str(kubeconfig)), lambda *_: None)
        assert isinstance(client, DryClient)
        return cls(client)

    async def close(self) -> None:
        await self._dialler.close()
        await self._client.close()

    async def would_write(self, namespace: str) -> dict[str, list[str]]:
        """What it would change, by TrussModel of that namespace; nothing for those that are right."""
        cache = await _observed(self._client, namespace)
        found = {}
        for key in cache.trussmodels():
            self._client.differences = []
            await _reconcile(self._client, cache, self._dialler, key)
            found[key.name] = self._client.differences
        return {name: differences for name, differences in found.items() if differences}


async def _observed(client: KubeClient, namespace: str) -> Cache:
    cache = Cache()
    for resource in WATCHED:
        selector = "" if resource is TRUSSMODELS else MANAGED_BY_SELECTOR
        async for page in client.list(resource, namespace=namespace, label_selector=selector):
            for obj in page.items:
                cache.put(resource, obj)
    return cache


async def _reconcile(client: DryClient, cache: Cache, dialler: DirectDialler, key: Key) -> None:
    time = asyncio.get_running_loop().time
    # Each look at the clock is past all patience, so that what is held back is written at the second look.
    patience = itertools.count(0, 60).__next__
    slots = Slots()
    prober, reader = Prober[Key](dialler, ADMIN_PORT, time, slots), StateReader(dialler, ADMIN_PORT, slots)
    lookouts = Lookouts(prober, Inspector(client, reader, time))
    recorder = EventRecorder(client, lambda: datetime.now(UTC), "dry-run")
    clocks = Clocks(lambda: datetime.now(UTC), lambda: float(patience()))
    reconciler = Reconciler(client, cache, recorder, lookouts, clocks, Settings().docs_url)
    for _ in range(2):
        await reconciler.reconcile(key)
        if client.differences:
            return
