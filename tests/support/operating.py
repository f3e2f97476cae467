"""The operator as it runs, in the test's process: the real parts, writes counted, pods on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from api import until
from truss_operator.app import FAREWELL_SECONDS, Outside, operate
from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.kube.api import KubeApi, Page
from truss_operator.kube.client import KubeClient
from truss_operator.kube.credentials import Credentials
from truss_operator.kube.passing import PassingApi
from truss_operator.kube.permissions import Permissions
from truss_operator.kube.resource import EVENTS, Resource
from truss_operator.metrics import Metrics
from truss_operator.observation import Json
from truss_operator.probe.dialler import DirectDialler, PodAddress
from truss_operator.settings import Settings


@dataclass(frozen=True)
class Write:
    """One writing call that the operator made."""

    verb: str
    plural: str
    name: str
    body: Json = field(default_factory=dict, compare=False)


class CountingApi(PassingApi):
    """`KubeApi` that notes every write before it passes it on."""

    def __init__(self, api: KubeApi) -> None:
        super().__init__(api)
        self.all: list[Write] = []
        self.listed: list[tuple[str, int]] = []
        """What was listed, and which page of it, page by page."""

    def writes(self, name: str = "") -> list[Write]:
        """All writes but Events; with a name, those to objects of that name."""
        return [w for w in self.all if w.plural != EVENTS.plural and (not name or w.name == name)]

    def status_patches(self, name: str) -> list[Write]:
        return [write for write in self.writes(name) if write.verb == "patch_status"]

    async def list(
        self, resource: Resource, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Page]:
        number = 0
        async for page in super().list(
            resource, namespace=namespace, label_selector=label_selector, field_selector=field_selector
        ):
            number += 1
            self.listed.append((resource.plural, number))
            yield page

    async def apply(
        self, resource: Resource, manifest: Json, *, force: bool, dry_run: bool = False
    ) -> dict[str, Any]:
        if not dry_run:
            self.all.append(Write("apply", resource.plural, manifest["metadata"]["name"], manifest))
        return await super().apply(resource, manifest, force=force, dry_run=dry_run)

    async def patch_status(
        self, resource: Resource, namespace: str, name: str, patch: Json, resource_version: str
    ) -> dict[str, Any]:
        self.all.append(Write("patch_status", resource.plural, name, patch))
        return await super().patch_status(resource, namespace, name, patch, resource_version)

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        self.all.append(Write("create", resource.plural, manifest["metadata"]["name"], manifest))
        return await super().create(resource, manifest)

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        self.all.append(Write("patch", resource.plural, name, patch))
        return await super().patch(resource, namespace, name, patch)

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str
    ) -> None:
        self.all.append(Write("delete", resource.plural, name))
        await super().delete(resource, namespace, name, uid=uid, resource_version=resource_version)


class LoopbackDialler(DirectDialler):
    """Dials loopback whatever IP a pod has: to the port that stands for that pod."""

    def __init__(self, port: int, seconds: float = 2) -> None:
        super().__init__(seconds, allowed=lambda _: True)
        self.port = port
        self.elsewhere: dict[str, int] = {}
        """The ports that stand for single pods, by name."""
        self.asked: list[str] = []
        """Names of the pods, as they were asked."""

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        assert port == ADMIN_PORT
        self.asked.append(pod.name)
        there = self.elsewhere.get(pod.name, self.port)
        return await super().get(PodAddress(pod.namespace, pod.name, "127.0.0.1"), there, path)


@dataclass(frozen=True)
class Operating:
    """A running operator."""

    api: CountingApi
    dialler: LoopbackDialler
    metrics: Metrics
    permissions: Permissions

    def reconciles(self) -> float:
        """How many reconciles have ended so far."""
        results = ("success", "requeue_after", "error")
        name = "controller_runtime_reconcile_total"
        labels = [{"controller": "trussmodel", "result": result} for result in results]
        return sum(self.metrics.registry.get_sample_value(name, each) or 0 for each in labels)

    async def look_twice(self) -> None:
        """Returns when two more reconciles have ended."""
        seen = self.reconciles()

        async def looks() -> float:
            return self.reconciles() - seen

        await until(looks, lambda looks: looks >= 2)

    async def at_rest(self) -> None:
        """Returns when nothing has been reconciled for two seconds: longer than writes are held back."""
        before = -1.0
        while before != (before := self.reconciles()):  # noqa: ASYNC110  # silence is no event
            await asyncio.sleep(2)


@contextmanager
def operating(
    kubeconfig: Path | None,
    port: int,
    settings: Settings | None = None,
    dialler: LoopbackDialler | None = None,
    *,
    ahead: timedelta = timedelta(),
    name: str = "operator",
) -> Iterator[Operating]:
    """Runs the operator while the context lasts, in a thread: kopf takes its event loop to be its own.

    Args:
        kubeconfig: Who it is, and where; None for the service account of its pod.
        port: On loopback, where all pods' admin port is.
        settings: By default as it ships, on a free port.
        dialler: In place of one that leads to that port.
        ahead: By how much its wall clock is.
        name: Its identity.
    """
    begun: Future[tuple[Operating, Callable[[], object]]] = Future()

    async def main() -> None:
        credentials = Credentials(str(kubeconfig) if kubeconfig is not None else None)
        metrics, permissions = Metrics(), Permissions()
        client = await KubeClient.connect(credentials, metrics.called, permissions.refused)
        api, dials, stop = CountingApi(client), dialler or LoopbackDialler(port), asyncio.Event()
        loop = asyncio.get_running_loop()
        operator = Operating(api, dials, metrics, permissions)
        begun.set_result((operator, lambda: loop.call_soon_threadsafe(stop.set)))
        try:
            await operate(
                settings or Settings(host="127.0.0.1", port=0),
                Outside(
                    credentials,
                    api,
                    dials,
                    metrics,
                    permissions,
                    now=lambda: datetime.now(UTC) + ahead,
                    identity=name,
                ),
                stop=stop,
            )
            assert stop.is_set(), "the operator ended by itself"
        finally:
            await dials.close()
            await client.close()
            await asyncio.sleep(FAREWELL_SECONDS)

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())

    with ThreadPoolExecutor(1, "operator") as pool:
        running = pool.submit(run)
        operator, stop = begun.result(10)
        try:
            yield operator
        finally:
            if not running.done():
                stop()
            running.result(30)
