"""The node of the scene, which runs each pod's container as a process.

Of Kubernetes only the API server is real. What Deployment controller and kubelet do is played, as in the
integration tests; what they report is how the processes fare.
"""

import asyncio
import itertools
from contextlib import ExitStack
from pathlib import Path

import httpx2

from api import Api, Json
from controllers import NAME, Controllers

from .container import Container

NOWHERE = "registry.example.com/nowhere"
"""Images of it cannot be pulled."""


class Node:
    """Runs the pods of one namespace.

    Args:
        api: As an administrator, in that namespace.
        network: The first three bytes of the pods' addresses, on loopback.
        folder: For what the processes say.
    """

    def __init__(self, api: Api, network: str, folder: Path) -> None:
        self.api = api
        self._network = network
        self._folder = folder
        self._stack = ExitStack()
        self._controllers = Controllers(api, {})
        self._containers: dict[str, Container] = {}
        self._told: dict[str, Json] = {}
        self._numbers = itertools.count(2)
        self._http = httpx2.AsyncClient(timeout=2)

    async def run(self) -> None:
        """Goes on until it is cancelled; then everything has ended."""
        try:
            while True:
                names = [model["metadata"]["name"] for model in await self.api.list("trussmodels")]
                await asyncio.gather(*(self._play(name) for name in names))
                await self._controllers.collect()
                await self._sweep()
                await asyncio.sleep(1)
        finally:
            self._stack.close()
            await self._http.aclose()

    def addresses(self, name: str) -> list[str]:
        """Where the ready pods of that TrussModel are, as its Service would have it."""
        found = self._containers.values()
        return [each.address for each in found if each.ready and each.labels[NAME] == name]

    def running(self) -> dict[str, Container]:
        """By the name of the pod, those that can be scraped."""
        return {name: each for name, each in self._containers.items() if each.server is not None}

    async def _play(self, name: str) -> None:
        await self._controllers.replace(name)
        for pod in await self._controllers.pods(name):
            if pod["spec"]["containers"][0]["image"].startswith(NOWHERE):
                await self._controllers.wait(pod, "ErrImagePull")
            else:
                await self._look_after(pod)
        await self._controllers.count(name)

    async def _look_after(self, pod: Json) -> None:
        name = pod["metadata"]["name"]
        if name not in self._containers:
            address = f"{self._network}.{next(self._numbers)}"
            self._containers[name] = Container(pod, address, self._folder, self._stack)
        container = self._containers[name]
        container.go_on()
        container.turn(ready=await self._is_ready(container))
        if self._told.get(name) != (status := container.status()):
            await self.api.patch("pods", name, {"status": status}, subresource="status", manager="kubelet")
            self._told[name] = status

    async def _is_ready(self, container: Container) -> bool:
        if container.server is None:
            return False
        try:
            return (await self._http.get(f"http://{container.address}:8081/readyz")).is_success
        except httpx2.TransportError:
            return False

    async def _sweep(self) -> None:
        """Ends what runs for a pod that is no more."""
        names = {pod["metadata"]["name"] for pod in await self.api.list("pods")}
        for name in self._containers.keys() - names:
            self._containers.pop(name).end()
