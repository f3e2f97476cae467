"""Pods that mean harm, seen through a real API server: nothing else is fetched, nobody else waits."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from api import Api, Hands, condition, reason, until
from client import connected
from controlplane import ADMIN, OPERATOR, ControlPlane
from hostile import ANSWERS, OK, answering, quickly, redirect
from operating import LoopbackDialler, operating
from truss_operator.builders.ports import ADMIN_PORT
from truss_operator.kube.client import KubeClient
from truss_operator.probe.dialler import ApiServerDialler, DirectDialler, PodAddress
from truss_operator.probe.errors import ProbeError
from truss_operator.settings import Settings

pytestmark = pytest.mark.asyncio

SECONDS = 1.0
LATE = 10.0
"""By which a busy machine may be late."""


@pytest.fixture
def own_ip() -> str:
    """An address of this machine that a pod could have: the API server's proxy dials no loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        found: str = probe.getsockname()[0]
    assert not found.startswith("127."), "this machine has no network interface but loopback"
    return found


@pytest_asyncio.fixture
async def client(plane: ControlPlane) -> AsyncIterator[KubeClient]:
    async with connected(plane.kubeconfig(ADMIN)) as client:
        yield client


PATIENCE = 20.0
"""Seconds: so long a worker would be held by a pod that it waited for."""


class AsItShips(LoopbackDialler):
    """Dials the IP that a pod has, if at all."""

    def __init__(self) -> None:
        DirectDialler.__init__(self, 2)

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        return await DirectDialler.get(self, pod, port, path)


async def pod_at(api: Api, ip: str) -> PodAddress:
    container = {"name": "model", "image": "registry.example.com/echo:1"}
    await api.create("pods", {"metadata": {"name": "echo-1"}, "spec": {"containers": [container]}})
    status = {"podIP": ip, "podIPs": [{"ip": ip}]}
    await api.patch("pods", "echo-1", {"status": status}, subresource="status")
    return PodAddress(api.namespace, "echo-1", ip)


async def test_pod_is_read_through_the_api_server(api: Api, own_ip: str, client: KubeClient) -> None:
    async with answering(quickly(OK + b"Content-Length: 2\r\n\r\n{}"), own_ip) as told:
        body = await ApiServerDialler(client, SECONDS).get(await pod_at(api, own_ip), told.port, "/routes")
    assert body == b"{}"
    assert not any(b"authorization" in request.lower() for request in told.requests)


async def test_redirect_through_the_api_server_leads_nowhere(
    api: Api, own_ip: str, client: KubeClient
) -> None:
    async with (
        answering(quickly(OK + b"Content-Length: 2\r\n\r\n{}")) as other,
        answering(redirect(f"http://127.0.0.1:{other.port}/"), own_ip) as told,
    ):
        address = await pod_at(api, own_ip)
        with pytest.raises(ProbeError, match="redirect"):
            await ApiServerDialler(client, SECONDS).get(address, told.port, "/routes")
    assert len(told.requests) == 1
    assert other.requests == []


@pytest.mark.parametrize(
    "answer", [ANSWERS[name] for name in ("gigabyte", "bomb", "dripping body", "silence", "endless headers")]
)
async def test_answer_through_the_api_server_is_bounded(
    api: Api, own_ip: str, client: KubeClient, answer: object
) -> None:
    loop = asyncio.get_running_loop()
    async with answering(answer, own_ip) as told:  # type: ignore[arg-type]
        address = await pod_at(api, own_ip)
        began = loop.time()
        with pytest.raises(ProbeError):
            await ApiServerDialler(client, SECONDS).get(address, told.port, "/routes")
    assert loop.time() - began < SECONDS + LATE


NOT_A_PODS = {
    "a": "127.0.0.1",
    "b": "169.254.169.254",
    "c": "::1",
    "d": "fe80::1",
    "e": "0.0.0.0",
    "f": "fd00:ec2::254",
    "g": "100.100.100.200",
}


async def test_address_that_is_no_pods_is_told_and_not_dialled(
    api: Api, hands: Hands, plane: ControlPlane, own_ip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may patch pods/status writes it, and the API server takes any."""
    connect = aiohttp.TCPConnector.connect
    dialled: set[str] = set()

    async def noted(connector: aiohttp.TCPConnector, request: aiohttp.ClientRequest, **rest: Any) -> Any:
        if request.url.port == ADMIN_PORT:
            dialled.add(str(request.url.host))
        return await connect(connector, request, **rest)

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", noted)
    with operating(plane.kubeconfig(OPERATOR), 0, dialler=AsItShips()):
        for name, ip in {**NOT_A_PODS, "z": own_ip}.items():
            await api.model(name)
            await api.until("deployments", name, bool)
            await hands.see(name)
            await hands.start(name, f"{name}-1")
            await hands.report(f"{name}-1", ready=True, ip=ip)
            await hands.see(name, readyReplicas=1, availableReplicas=1)
        for name, ip in NOT_A_PODS.items():
            model = await api.until("trussmodels", name, lambda m: reason(m) == "RoutesUnreadable")
            assert f"has {ip}, which is no address of a pod" in condition(model, "Ready")["message"]
        await api.until(
            "trussmodels", "z", lambda m: bool(condition(m, "RoutesDiscovered")) and bool(dialled)
        )
    assert dialled == {own_ip}


@pytest.mark.parametrize("ready", [True, False], ids=["ready", "stuck"])
async def test_pods_that_never_answer_hold_up_nobody_else(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, ready: bool
) -> None:
    """Three times as many as the operator has workers: each is asked by an operator that starts."""
    names = [f"hostile-{number}" for number in range(3 * Settings().workers)]
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        for name in names:
            await api.model(name)
        for name in names:
            await api.until("deployments", name, bool)
    for name in names:
        await hands.see(name)
        await hands.start(name, f"{name}-1")
        if ready:
            await hands.report(f"{name}-1", ready=True)
            await hands.see(name, readyReplicas=1, availableReplicas=1)
    async with answering(ANSWERS["dripping body"]) as told:
        dialler = LoopbackDialler(admin_port, PATIENCE)
        dialler.elsewhere = {f"{name}-1": told.port for name in names}
        with operating(plane.kubeconfig(OPERATOR), admin_port, dialler=dialler) as operator:

            async def asked() -> int:
                return len(operator.dialler.asked)

            await until(asked, lambda number: number >= Settings().workers)
            loop = asyncio.get_running_loop()
            began = loop.time()
            await api.model("echo")
            await api.until("deployments", "echo", bool)
            made = loop.time() - began
    assert made < PATIENCE / 2
