"""Many TrussModels: made at once, edited one by one, and watched until their status says that they serve."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from .server import APPS, CORE, MERGE, TRUSSMODELS, Server

NAMESPACES = 10
AT_ONCE = 32
IMAGE = "registry.example.com/echo"


class Crowd:
    """What a watching user sees of them."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._serving: set[tuple[str, str]] = set()
        self._images: dict[tuple[str, str], str] = {}
        self._changed = asyncio.Condition()

    async def follow_models(self) -> None:
        """Takes note of each that serves."""
        async for kind, obj in self._server.watch(TRUSSMODELS, "trussmodels"):
            if kind in ("ADDED", "MODIFIED") and _serves(obj):
                await self._note(self._serving.add, _key(obj))

    async def follow_deployments(self) -> None:
        """Takes note of the image of each."""
        async for kind, obj in self._server.watch(APPS, "deployments"):
            if kind in ("ADDED", "MODIFIED"):
                image = obj["spec"]["template"]["spec"]["containers"][0]["image"]
                await self._note(lambda key, image=image: self._images.update({key: image}), _key(obj))

    async def _note(self, take: Any, key: tuple[str, str]) -> None:
        async with self._changed:
            take(key)
            self._changed.notify_all()

    async def make(self, prefix: str, count: int) -> None:
        """Creates that many at once."""
        numbers = iter(range(count))

        async def create() -> None:
            for number in numbers:
                path = f"{TRUSSMODELS}/namespaces/{namespace(number)}/trussmodels"
                metadata = {"name": f"{prefix}-{number}"}
                spec = {
                    "image": f"{IMAGE}:1",
                    "config": {"threshold": 0.5, "labels": ["a", "b"]},
                    "env": [{"name": "MODE", "value": "fast"}, {"name": "NUMBER", "value": str(number)}],
                }
                kind = {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel"}
                await self._server.call("POST", path, {**kind, "metadata": metadata, "spec": spec})

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(create())

    async def all_serve(self, prefix: str, count: int, seconds: float) -> None:
        """Returns when all of them have been seen serving."""

        def served() -> int:
            return sum(name.startswith(f"{prefix}-") for _, name in self._serving)

        told, deadline = time.monotonic(), time.monotonic() + seconds
        while (found := served()) < count:
            assert time.monotonic() < deadline, f"{found} of {count} serve after {seconds} s"
            if time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"    {found} of {count} serve", flush=True)
            await asyncio.sleep(0.1)

    async def edit(self, name: str, number: int, tag: str) -> float:
        """Changes the image; seconds from the answer to that until its Deployment has it."""
        path = f"{TRUSSMODELS}/namespaces/{namespace(number)}/trussmodels/{name}"
        await self._server.call("PATCH", path, {"spec": {"image": f"{IMAGE}:{tag}"}}, MERGE)
        began, key = time.monotonic(), (namespace(number), name)
        async with self._changed, asyncio.timeout(60):
            await self._changed.wait_for(lambda: self._images.get(key) == f"{IMAGE}:{tag}")
        return time.monotonic() - began


@asynccontextmanager
async def crowd(server: Server) -> AsyncIterator[Crowd]:
    """Follows them while the context lasts."""
    found = Crowd(server)
    tasks = [asyncio.create_task(found.follow_models()), asyncio.create_task(found.follow_deployments())]
    try:
        yield found
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def make_namespaces(server: Server) -> None:
    """Those that `namespace` names."""
    for number in range(NAMESPACES):
        await server.call("POST", f"{CORE}/namespaces", {"metadata": {"name": namespace(number)}})


def namespace(number: int) -> str:
    """Where the TrussModel of that number is."""
    return f"models-{number % NAMESPACES}"


def _key(obj: dict[str, Any]) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _serves(model: dict[str, Any]) -> bool:
    conditions = model.get("status", {}).get("conditions", [])
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
