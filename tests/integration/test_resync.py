"""A fresh list puts right what watches have missed."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from api import Api, Json
from client import connected
from controlplane import OPERATOR, ControlPlane
from truss_operator.controller.cache import Cache
from truss_operator.controller.coverage import Coverage
from truss_operator.controller.key import Key
from truss_operator.controller.resync import Resync
from truss_operator.controller.scope import Place, Scope
from truss_operator.controller.urgency import Urgency
from truss_operator.kube.client import KubeClient
from truss_operator.kube.resource import CONFIGMAPS, SERVICES, TRUSSMODELS, Resource
from weather import Fault, weather

pytestmark = pytest.mark.asyncio

LABELS = {"app.kubernetes.io/managed-by": "trussmodel-operator", "trussmodel.dev/name": "echo"}


class Listed:
    """A cache with what fills it."""

    def __init__(self, client: KubeClient) -> None:
        self.cache = Cache()
        self.added: list[Key] = []
        self.now = 0.0
        scope = Scope()
        self.coverage = Coverage(scope, lambda: self.now)
        self.resync = Resync(client, self.cache, self._add, lambda: self.now, scope, self.coverage)

    def _add(self, key: Key, _: Urgency) -> None:
        self.added.append(key)


@pytest_asyncio.fixture
async def listed(api: Api, plane: ControlPlane) -> AsyncIterator[Listed]:
    async with connected(plane.kubeconfig(OPERATOR)) as client:
        yield Listed(client)


async def test_deleted_trussmodel_is_dropped(api: Api, listed: Listed) -> None:
    key = Key(api.namespace, "echo")
    await api.model()
    await listed.resync.once()
    assert listed.cache.get(TRUSSMODELS, key) is not None
    await api.delete("trussmodels", "echo")
    await listed.resync.once()
    assert listed.cache.get(TRUSSMODELS, key) is None


async def test_owner_of_a_deleted_child_is_looked_at(api: Api, listed: Listed) -> None:
    await api.create(
        "services", {"metadata": {"name": "echo", "labels": LABELS}, "spec": {"ports": [{"port": 80}]}}
    )
    await listed.resync.once()
    assert listed.cache.get(SERVICES, Key(api.namespace, "echo")) is not None
    await api.delete("services", "echo")
    listed.added.clear()
    await listed.resync.once()
    assert Key(api.namespace, "echo") in listed.added


async def test_object_that_cannot_be_read_keeps_no_other_from_being_seen(
    api: Api, listed: Listed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def put(cache: Cache, resource: Resource, obj: Json) -> Key | None:
        if obj["metadata"]["name"] == "odd":
            raise RecursionError
        return put_all(cache, resource, obj)

    put_all = Cache.put
    monkeypatch.setattr(Cache, "put", put)
    await api.model("odd")
    await api.model("other")
    await listed.resync.once()
    assert listed.cache.get(TRUSSMODELS, Key(api.namespace, "other")) is not None
    assert f"trussmodels {api.namespace}/odd was not understood" in caplog.text


async def test_all_pages_are_listed(api: Api, listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("truss_operator.kube.listing.PAGE_SIZE", 3)
    names = {f"echo-{number}" for number in range(7)}
    for name in names:
        await api.model(name)
    await listed.resync.once()
    assert {key.name for key in listed.cache.trussmodels() if key.namespace == api.namespace} == names


async def test_objects_of_others_are_not_listed(api: Api, listed: Listed) -> None:
    await api.create("services", {"metadata": {"name": "other"}, "spec": {"ports": [{"port": 80}]}})
    await listed.resync.once()
    assert listed.cache.get(SERVICES, Key(api.namespace, "other")) is None


async def test_list_that_fails_holds_up_no_other_and_nothing_of_it_is_dropped(
    api: Api, plane: ControlPlane
) -> None:
    key, place = Key(api.namespace, "echo"), Place(SERVICES, "")
    await api.create(
        "services", {"metadata": {"name": "echo", "labels": LABELS}, "spec": {"ports": [{"port": 80}]}}
    )
    await api.create("configmaps", {"metadata": {"name": "echo", "labels": LABELS}})
    with weather(plane) as sky:
        kubeconfig = plane.kubeconfig(OPERATOR, server=sky.url)
        async with connected(kubeconfig) as client:
            listed = Listed(client)
            await listed.resync.once()
            for plural in ("services", "configmaps"):
                await api.delete(plural, "echo")
            sky.strikes = lambda request: request.path.endswith("/services")
            sky.faults = [Fault(503, {"Retry-After": "5"})]
            await listed.resync.once()
            assert listed.cache.get(CONFIGMAPS, key) is None
            assert listed.cache.get(SERVICES, key) is not None
            assert listed.coverage.trouble(place) is not None
            for listed.now, is_there in ((4.9, True), (5.0, False)):
                await listed.resync.once()
                assert (listed.cache.get(SERVICES, key) is not None) == is_there
            assert listed.coverage.trouble(place) is None


async def test_api_server_without_streaming_lists_is_asked_for_pages(
    api: Api, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("truss_operator.kube.listing.PAGE_SIZE", 3)
    names = {f"echo-{number}" for number in range(7)}
    for name in names:
        await api.model(name)
    with weather(plane) as sky:
        sky.strikes, sky.faults = _asks_for_a_stream, [Fault(422)] * 10
        kubeconfig = plane.kubeconfig(OPERATOR, server=sky.url)
        async with connected(kubeconfig) as client:
            listed = Listed(client)
            await listed.resync.once()
        assert {key.name for key in listed.cache.trussmodels() if key.namespace == api.namespace} == names
        assert len(sky.struck) == 1


def _asks_for_a_stream(request: web.BaseRequest) -> bool:
    return "sendInitialEvents" in request.query_string
