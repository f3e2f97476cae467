"""The client's calls and errors, as a real API server gives them."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import certifi
import pytest
import pytest_asyncio

from api import Api, Hands, until
from client import connected
from controlplane import ADMIN, OPERATOR, ControlPlane
from truss_operator.controller.shard import ShardApi
from truss_operator.kube.client import KubeClient
from truss_operator.kube.discovery import serves
from truss_operator.kube.errors import (
    AlreadyExists,
    Conflict,
    FieldConflict,
    Forbidden,
    Invalid,
    NotFound,
    Unauthorized,
    Unavailable,
    Untrusted,
)
from truss_operator.kube.resource import CONFIGMAPS, DEPLOYMENTS, SERVICES, TRUSSMODELS, Resource
from truss_operator.probe.dialler import ApiServerDialler, PodAddress
from truss_operator.probe.errors import ProbeError
from weather import Fault, weather

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def client(plane: ControlPlane) -> AsyncIterator[KubeClient]:
    async with connected(plane.kubeconfig(ADMIN)) as client:
        yield client


def service(api: Api, port: int = 80, **metadata: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"namespace": api.namespace, "name": "echo", **metadata},
        "spec": {"ports": [{"port": port}], "sessionAffinity": "ClientIP"},
    }


async def test_apply_to_a_version_that_is_no_more_is_refused(api: Api, client: KubeClient) -> None:
    old = await client.apply(SERVICES, service(api), force=False)
    await api.patch("services", "echo", {"metadata": {"labels": {"a": "b"}}})
    stale = service(api, resourceVersion=old["metadata"]["resourceVersion"])
    with pytest.raises(Conflict):
        await client.apply(SERVICES, stale, force=True)


async def test_apply_to_a_version_of_what_is_gone_makes_nothing(api: Api, client: KubeClient) -> None:
    old = await client.apply(SERVICES, service(api), force=False)
    await api.delete("services", "echo")
    known = {key: old["metadata"][key] for key in ("uid", "resourceVersion")}
    with pytest.raises(Conflict):
        await client.apply(SERVICES, service(api, **known), force=True)
    assert await api.find("services", "echo") is None


async def test_field_of_another_manager_is_named(api: Api, client: KubeClient) -> None:
    await client.apply(SERVICES, service(api), force=False)
    await api.patch("services", "echo", {"spec": {"sessionAffinity": "None"}}, manager="someone")
    with pytest.raises(FieldConflict) as caught:
        await client.apply(SERVICES, service(api), force=False)
    [cause] = caught.value.causes
    assert cause.field == ".spec.sessionAffinity"
    assert "someone" in cause.message
    taken = await client.apply(SERVICES, service(api), force=True)
    assert taken["spec"]["sessionAffinity"] == "ClientIP"


async def test_same_apply_again_writes_nothing(api: Api, client: KubeClient) -> None:
    first = await client.apply(SERVICES, service(api), force=False)
    second = await client.apply(SERVICES, service(api), force=False)
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


async def test_invalid_object_names_its_fields(api: Api, client: KubeClient) -> None:
    with pytest.raises(Invalid) as caught:
        await client.apply(SERVICES, service(api, port=-1), force=False)
    assert "spec.ports[0].port" in {cause.field for cause in caught.value.causes}


async def test_status_of_a_version_that_is_no_more_is_refused(api: Api, client: KubeClient) -> None:
    model = await api.model()
    await api.patch("trussmodels", "echo", {"metadata": {"labels": {"a": "b"}}})
    with pytest.raises(Conflict):
        await client.patch_status(
            TRUSSMODELS, api.namespace, "echo", {"url": "http://x"}, model["metadata"]["resourceVersion"]
        )


async def test_object_that_is_there_already_is_told(api: Api, client: KubeClient) -> None:
    manifest = {"metadata": {"namespace": api.namespace, "name": "twice"}}
    await client.create(CONFIGMAPS, manifest)
    with pytest.raises(AlreadyExists):
        await client.create(CONFIGMAPS, manifest)


async def test_delete_spares_what_has_changed(api: Api, client: KubeClient) -> None:
    made = await client.create(CONFIGMAPS, {"metadata": {"namespace": api.namespace, "name": "kept"}})
    metadata = made["metadata"]
    await api.patch("configmaps", "kept", {"data": {"a": "b"}})
    with pytest.raises(Conflict):
        await client.delete(
            CONFIGMAPS,
            api.namespace,
            "kept",
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
        )
    assert await api.find("configmaps", "kept") is not None


async def test_absent_object_is_told(api: Api, client: KubeClient) -> None:
    with pytest.raises(NotFound, match=f"get deployments {api.namespace}/absent"):
        await client.get(DEPLOYMENTS, api.namespace, "absent")


async def test_missing_permission_names_verb_and_resource(api: Api, plane: ControlPlane) -> None:
    secrets = Resource("", "v1", "secrets", "Secret")
    async with connected(plane.kubeconfig(OPERATOR)) as client:
        with pytest.raises(Forbidden, match='cannot get resource "secrets"'):
            await client.get(secrets, api.namespace, "any")


async def test_renewed_token_is_taken_up(api: Api, plane: ControlPlane) -> None:
    path = plane.kubeconfig(ADMIN)
    good = path.read_text()
    path.write_text(good.replace(plane.tokens[ADMIN], "expired"))
    async with connected(path) as client:
        with pytest.raises(Unauthorized):
            await client.get(SERVICES, "default", "kubernetes")
        path.write_text(good)
        assert (await client.get(SERVICES, "default", "kubernetes"))["kind"] == "Service"


async def test_server_that_is_away_is_told(plane: ControlPlane) -> None:
    path = plane.kubeconfig(ADMIN, server="http://127.0.0.1:1")
    async with connected(path) as client:
        with pytest.raises(Unavailable, match="get services default/kubernetes"):
            await client.get(SERVICES, "default", "kubernetes")


async def test_server_whose_certificate_is_by_another_authority_is_told(plane: ControlPlane) -> None:
    path = plane.kubeconfig(ADMIN)
    path.write_text(path.read_text().replace(str(plane.ca), certifi.where()))
    async with connected(path) as client:
        with pytest.raises(Untrusted, match="get services default/kubernetes"):
            await client.get(SERVICES, "default", "kubernetes")


async def test_calls_do_not_wait_for_one_another(plane: ControlPlane) -> None:
    """A client with a limit of its own would hold the renewal of the lease up behind other calls."""

    async def held() -> int:
        return len(sky.held)

    with weather(plane) as sky:
        path = plane.kubeconfig(ADMIN, server=sky.url)
        sky.holds = lambda _: True
        async with connected(path) as client:
            calls = [asyncio.create_task(client.get(SERVICES, "default", "kubernetes")) for _ in range(300)]
            await until(held, lambda count: count == len(calls))
            sky.let_go()
            assert all(answer["kind"] == "Service" for answer in await asyncio.gather(*calls))


async def test_answer_that_is_too_long_is_not_read(client: KubeClient) -> None:
    with pytest.raises(Unavailable, match="longer than 1000 bytes"):
        await client.read("/openapi/v2", "read the schema", limit=1000)


async def test_connection_of_an_answer_that_is_too_long_is_given_up_without_waiting(
    plane: ControlPlane,
) -> None:
    """Whoever says farewell waits for an answer to it, and this server gives none."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(plane.ca, plane.ca.with_suffix(".key"))

    def answer(listening: socket.socket) -> None:
        with tls.wrap_socket(listening.accept()[0], server_side=True, suppress_ragged_eofs=False) as peer:
            peer.settimeout(10)
            peer.recv(1 << 16)
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 2000)
            peer.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        path = plane.kubeconfig(ADMIN)
        here = f"https://127.0.0.1:{listening.getsockname()[1]}"
        path.write_text(path.read_text().replace(plane.url, here))
        answering = asyncio.create_task(asyncio.to_thread(answer, listening))
        async with connected(path) as client:
            with pytest.raises(Unavailable, match="longer than 1000 bytes"):
                await client.read("/openapi/v2", "read the schema", limit=1000)
            with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
                await answering


async def test_discovery_tells_what_is_served(client: KubeClient) -> None:
    assert await serves(client, TRUSSMODELS)
    assert not await serves(client, Resource("trussmodel.dev", "v1alpha1", "others", "Other"))
    assert not await serves(client, Resource("absent.example.com", "v1", "others", "Other"))


async def test_calls_are_counted_by_method_and_code(api: Api, plane: ControlPlane) -> None:
    calls: list[tuple[str, str]] = []
    async with connected(plane.kubeconfig(ADMIN), lambda *call: calls.append(call)) as client:
        await client.get(SERVICES, "default", "kubernetes")
        with pytest.raises(NotFound):
            await client.get(SERVICES, api.namespace, "absent")
    assert calls == [("GET", "200"), ("GET", "404")]


async def test_pod_is_dialled_through_the_api_server(api: Api, hands: Hands, client: KubeClient) -> None:
    """There is no network to a pod here; that the API server tried this very pod shows in what it says."""
    container = {"name": "model", "image": "registry.example.com/echo:1"}
    await api.create("pods", {"metadata": {"name": "echo-1"}, "spec": {"containers": [container]}})
    await api.patch(
        "pods",
        "echo-1",
        {"status": {"podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}},
        subresource="status",
    )
    address = PodAddress(api.namespace, "echo-1", "127.0.0.1")
    with pytest.raises(ProbeError, match=rf"get pods/proxy {api.namespace}/echo-1: address not allowed"):
        await ApiServerDialler(client, 5).get(address, 8081, "/routes")


async def test_proxy_that_is_asked_too_much_says_when_a_pod_may_be_asked_again(plane: ControlPlane) -> None:
    with weather(plane) as sky:
        sky.faults = [Fault(429, {"Retry-After": "7"})]
        kubeconfig = plane.kubeconfig(ADMIN, server=sky.url)
        async with connected(kubeconfig) as client:
            with pytest.raises(ProbeError) as refused:
                await ApiServerDialler(client, 5).get(PodAddress("default", "echo", ""), 8081, "/routes")
    assert refused.value.retry_after == 7.0


async def test_trussmodel_that_moves_to_another_shard_is_gone_from_this_one(
    api: Api, client: KubeClient
) -> None:
    shard = ShardApi(client, "shard=a")
    await api.model()
    await api.patch("trussmodels", "echo", {"metadata": {"labels": {"shard": "a"}}})
    found = await shard.get(TRUSSMODELS, api.namespace, "echo")
    assert found == await client.get(TRUSSMODELS, api.namespace, "echo")
    await api.patch("trussmodels", "echo", {"metadata": {"labels": {"shard": "b"}}})
    with pytest.raises(NotFound, match="shard=a"):
        await shard.get(TRUSSMODELS, api.namespace, "echo")
