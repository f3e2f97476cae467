"""Several operators: one works, another takes over in time, and never two of them write."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from api import Api, until
from controlplane import OPERATOR, ControlPlane
from grants import grant_lease
from weather import Fault, weather

pytestmark = pytest.mark.asyncio

COMMAND = Path(sys.executable).parent / "truss-operator"
_numbers = itertools.count(1)


class Replicas:
    """Operators of one cluster that share a Lease in the test's namespace."""

    def __init__(self, api: Api, folder: Path) -> None:
        self.api = api
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @contextmanager
    def ended(self) -> Iterator[None]:
        try:
            yield
        finally:
            for popen in self._running.values():
                popen.kill()
                popen.wait()

    async def start(self, kubeconfig: Path) -> str:
        """Starts one; returns its identity when it has listed the cluster."""
        name = f"operator-{next(_numbers)}"
        environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "POD_NAME": name}
        flags = ["--host=127.0.0.1", "--port=0", "--leader-elect", f"--lease-namespace={self.api.namespace}"]
        self._spawn(name, flags, environment)
        await until(lambda: self.log(name), lambda text: "watching" in text)
        return name

    def _spawn(self, name: str, flags: list[str], environment: dict[str, str]) -> None:
        with (self._folder / name).open("wb") as sink:
            self._running[name] = subprocess.Popen([COMMAND, *flags], stderr=sink, env=environment)

    async def log(self, name: str) -> str:
        return (self._folder / name).read_text()

    def signal(self, name: str, number: signal.Signals) -> None:
        self._running[name].send_signal(number)

    async def holder(self) -> str:
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self.api.namespace}/leases"
        items: list[dict[str, Any]] = (await self.api.call("GET", path))["items"]
        return items[0]["spec"]["holderIdentity"] if items else ""

    async def lead(self, kubeconfig: Path) -> str:
        """Starts one that gets the Lease; returns its identity."""
        name = await self.start(kubeconfig)
        await self.led_by(name)
        return name

    async def led_by(self, name: str, seconds: float = 20) -> None:
        await until(self.holder, lambda holder: holder == name, seconds)


@pytest_asyncio.fixture
async def replicas(api: Api, plane: ControlPlane, tmp_path: Path) -> AsyncIterator[Replicas]:
    grant_lease(plane, api.namespace)
    replicas = Replicas(api, tmp_path)
    with replicas.ended():
        yield replicas


async def image_of(api: Api, name: str) -> str:
    deployment = await api.find("deployments", name)
    return deployment["spec"]["template"]["spec"]["containers"][0]["image"] if deployment else ""


def is_write_of_the_deployment(request: web.BaseRequest) -> bool:
    named = request.method == "PATCH" and request.path.endswith("/deployments/echo")
    return named and "dryRun" not in request.query


async def works(api: Api, name: str, seconds: float) -> None:
    """Someone works: a new TrussModel gets its Deployment."""
    await api.model(name)
    await api.until("deployments", name, lambda _: True, seconds)


async def test_the_one_that_waits_takes_over_at_once_from_one_that_ends(
    api: Api, plane: ControlPlane, replicas: Replicas
) -> None:
    first = await replicas.lead(plane.kubeconfig(OPERATOR))
    second = await replicas.start(plane.kubeconfig(OPERATOR))
    await works(api, "before", 10)
    replicas.signal(first, signal.SIGTERM)
    began = time.monotonic()
    await works(api, "after", 10)
    print(f"working again {time.monotonic() - began:.2f} s after SIGTERM")
    assert await replicas.holder() == second
    assert "gave the lease" in await replicas.log(first)


async def test_one_that_ends_amid_a_sign_of_life_gives_the_lease_back_all_the_same(
    api: Api, plane: ControlPlane, replicas: Replicas
) -> None:
    """The API server has written it and its answer was not heard: the Lease is at another version."""
    with weather(plane) as sky, replicas.ended():
        leader = await replicas.lead(plane.kubeconfig(OPERATOR, server=sky.url))
        sky.strikes = lambda request: request.method == "PATCH" and "/leases" in request.path
        sky.faults = [Fault(0, after=True)]
        await until(lambda: _async(sky.struck), bool)
        replicas.signal(leader, signal.SIGTERM)
        await until(replicas.holder, lambda holder: holder == "")
        assert "gave the lease" in await replicas.log(leader)


async def test_the_one_that_waits_takes_over_from_one_that_was_killed(
    api: Api, plane: ControlPlane, replicas: Replicas
) -> None:
    first = await replicas.lead(plane.kubeconfig(OPERATOR))
    second = await replicas.start(plane.kubeconfig(OPERATOR))
    replicas.signal(first, signal.SIGKILL)
    began = time.monotonic()
    await works(api, "after", 15)
    print(f"working again {time.monotonic() - began:.2f} s after SIGKILL")
    assert await replicas.holder() == second


async def test_the_one_that_waits_writes_nothing(api: Api, plane: ControlPlane, replicas: Replicas) -> None:
    with weather(plane) as sky, replicas.ended():
        await replicas.lead(plane.kubeconfig(OPERATOR))
        seen: list[str] = []

        def notes(request: web.BaseRequest) -> bool:
            if request.method != "GET":
                seen.append(f"{request.method} {request.path}")
            return False

        sky.strikes, sky.faults = notes, [Fault(0)]
        await replicas.start(plane.kubeconfig(OPERATOR, server=sky.url))
        await works(api, "echo", 10)
        await works(api, "other", 10)
        assert seen == []


async def test_write_of_a_leader_that_was_paused_is_refused(
    api: Api, plane: ControlPlane, replicas: Replicas
) -> None:
    """Paused with a write on its way until another has written: neither it nor what would follow counts."""
    with weather(plane) as sky, replicas.ended(), ExitStack() as stack:
        paused = await replicas.lead(plane.kubeconfig(OPERATOR, server=sky.url))
        await works(api, "echo", 10)
        other = await replicas.start(plane.kubeconfig(OPERATOR))
        sky.holds = is_write_of_the_deployment
        stack.callback(sky.let_go)
        await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:old"}})
        await until(lambda: _async(sky.held), bool)
        replicas.signal(paused, signal.SIGSTOP)
        await replicas.led_by(other)
        await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:new"}})
        await until(lambda: image_of(api, "echo"), lambda image: image.endswith(":new"))
        sky.let_go()
        await until(lambda: _async(sky.statuses), bool)
        assert sky.statuses == [409]
        sky.holds = lambda _: False
        replicas.signal(paused, signal.SIGCONT)
        await until(lambda: replicas.log(paused), lambda text: "no longer leading" in text)
        await until(lambda: replicas.log(paused), lambda text: f"standing by: {other} holds" in text)
        assert await image_of(api, "echo") == "registry.example.com/echo:new"
        assert await replicas.holder() == other


async def test_candidate_waits_out_a_retry_after(api: Api, plane: ControlPlane, replicas: Replicas) -> None:
    with weather(plane) as sky, replicas.ended():
        struck: list[float] = []

        def strikes(request: web.BaseRequest) -> bool:
            if "/leases" in request.path:
                struck.append(time.monotonic())
                return True
            return False

        sky.strikes, sky.faults = strikes, [Fault(503), Fault(429, {"Retry-After": "3"})]
        await replicas.lead(plane.kubeconfig(OPERATOR, server=sky.url))
        assert time.monotonic() - struck[1] >= 3


async def test_leader_without_an_api_server_stops_working_and_comes_back(
    api: Api, plane: ControlPlane, replicas: Replicas
) -> None:
    with weather(plane) as sky, replicas.ended():
        cut_off = await replicas.lead(plane.kubeconfig(OPERATOR, server=sky.url))
        sky.strikes, sky.faults = (lambda _: True), [Fault(0)] * 10_000
        sky.cut_watches()
        await until(lambda: replicas.log(cut_off), lambda text: "no longer leading" in text, 20)
        sky.faults.clear()
        await works(api, "echo", 20)


async def _async(found: list[Any]) -> list[Any]:
    return found
