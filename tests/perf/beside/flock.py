"""Many objects of one contender: made at once, and watched until all of them say that they are ready."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.perf.at_scale.crowd import AT_ONCE, namespace
from tests.perf.at_scale.server import Server

from .contender import Contender, ready


class Flock:
    """What a watching user sees of them."""

    def __init__(self, server: Server, contender: Contender) -> None:
        self._server = server
        self._contender = contender
        self._ready: set[str] = set()
        self._changed = asyncio.Condition()
        self._listed = asyncio.Event()

    async def follow(self) -> None:
        """Takes note of each that is ready."""
        async for kind, obj in self._server.watch(self._contender.path, self._contender.plural):
            if kind == "LISTED":
                self._listed.set()
            elif ready(obj.get("status", {})):
                async with self._changed:
                    self._ready.add(obj["metadata"]["name"])
                    self._changed.notify_all()

    async def make(self, count: int) -> None:
        """Creates that many at once."""
        await self._listed.wait()
        numbers, contender = iter(range(count)), self._contender

        async def create() -> None:
            for number in numbers:
                given = contender.object(number)
                metadata = {"name": f"model-{number}", "annotations": given.get("annotations", {})}
                body = {"apiVersion": contender.api, "kind": contender.kind, "metadata": metadata}
                path = f"{contender.path}/namespaces/{namespace(number)}/{contender.plural}"
                await self._server.call("POST", path, {**body, "spec": given["spec"]})

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(create())

    async def all_ready(self, count: int, seconds: float) -> None:
        """Returns when that many have been seen ready; says how far it is every ten seconds.

        Raises:
            AssertionError: Too few were after so many seconds.
        """
        deadline = time.monotonic() + seconds
        while len(self._ready) < count:
            assert time.monotonic() < deadline, f"{len(self._ready)} of {count} ready after {seconds:g} s"
            try:
                async with self._changed, asyncio.timeout(10):
                    await self._changed.wait_for(lambda: len(self._ready) >= count)
            except TimeoutError:
                print(f"    {len(self._ready)} of {count} ready", flush=True)


@asynccontextmanager
async def flock(server: Server, contender: Contender) -> AsyncIterator[Flock]:
    """Follows them while the context lasts."""
    found = Flock(server, contender)
    task = asyncio.create_task(found.follow())
    try:
        yield found
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
