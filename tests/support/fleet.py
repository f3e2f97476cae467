"""Some TrussModels in bad weather: brought up, and held against what they should be once it has passed.

The rest of the cluster is played; the operator is the real process, or several. "As it should be" is what
`truth` tells of each status, and that an operator which starts now would write nothing.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from api import Api, Json, condition
from controllers import Controllers
from controlplane import AUDIT_LOG, OPERATOR, ControlPlane
from dry_run import DryRun
from operator_process import ON_LOOPBACK, Process, running
from truth import lies

ROUTES = {"predict", "chat_completions"}
"""Of the runtime that all pods have."""
QUIET_SECONDS = 1.5
"""Longer than a status is held back."""


class Fleet:
    """TrussModels of one namespace, all served by the same runtime.

    Args:
        api: As an administrator, in that namespace.
        plane: The API server.
        dry_run: Looks as a fresh operator would.
        address: Where the pods' runtime answers on port 8081.
    """

    def __init__(self, api: Api, plane: ControlPlane, dry_run: DryRun, address: str) -> None:
        self.api = api
        self._plane = plane
        self._dry_run = dry_run
        self._controllers = Controllers(api, {"": address})

    def operator(
        self, folder: Path, *flags: str, server: str | None = None
    ) -> AbstractContextManager[Process]:
        """The operator, to be run; `server` puts something between it and the API server."""
        kubeconfig = self._plane.kubeconfig(OPERATOR, server=server)
        return running(folder, kubeconfig, *flags, command=ON_LOOPBACK)

    async def add(self, *names: str) -> None:
        for name in names:
            await self.api.model(name)

    async def edit(self, name: str, image: str) -> None:
        await self.api.patch("trussmodels", name, {"spec": {"image": f"registry.example.com/echo:{image}"}})

    async def fail(self, name: str) -> None:
        """The next pod of its Deployment cannot import its model."""
        await self._controllers.replace(name)
        pod = (await self._controllers.pods(name))[-1]
        await self._controllers.end(pod, phase="import", reason="ImportError")
        await self._controllers.count(name)

    async def bring_up(self, seconds: float = 40, *, foreign: bool = False) -> float:
        """Everyone does their work until all is as it should be.

        Args:
            seconds: At most so long; fails showing what is wrong then.
            foreign: Whether another version of the operator runs, so that this one might write something.

        Returns:
            How long it took.
        """
        began = time.monotonic()
        while wrong := await self._go_on(foreign):
            assert time.monotonic() - began < seconds, f"after {seconds} s:\n" + "\n".join(wrong)
            await asyncio.sleep(0.2)
        return time.monotonic() - began

    async def settle(self, *processes: Process, seconds: float = 40, foreign: bool = False) -> float:
        """As `bring_up`, until nothing is written any more either.

        Args:
            processes: The operators, which must say nothing against themselves.
            seconds: See there.
            foreign: See there.
        """
        took = await self.bring_up(seconds, foreign=foreign)
        before = len(self.writes())
        await asyncio.sleep(QUIET_SECONDS)
        assert self.writes()[before:] == []
        assert await self._go_on(foreign) == []
        assert [defect for process in processes for defect in defects(process)] == []
        return took

    async def _go_on(self, foreign: bool) -> list[str]:
        await self._controllers.collect()
        models = await self.api.list("trussmodels")
        await asyncio.gather(*(self._play(model["metadata"]["name"]) for model in models))
        return await self._wrong(foreign)

    async def _play(self, name: str) -> None:
        await self._controllers.replace(name)
        for pod in await self._controllers.pods(name):
            await self._controllers.run(pod, ready=True)
        await self._controllers.count(name)

    async def _wrong(self, foreign: bool) -> list[str]:
        """All that is not as it should be now."""
        found: list[str] = []
        for model in await self.api.list("trussmodels"):
            found += [f"{model['metadata']['name']}: {lie}" for lie in await self._lies(model)]
        if found or foreign:
            return found
        fresh = await self._dry_run.would_write(self.api.namespace)
        return [f"{name}: would write {change}" for name, all_ in fresh.items() for change in all_]

    async def _lies(self, model: Json) -> list[str]:
        name = model["metadata"]["name"]
        if condition(model, "Ready").get("status") != "True":
            return [f"not Ready: {json.dumps(model['status'])}"]
        deployment, service = await self.api.find("deployments", name), await self.api.find("services", name)
        return list(lies(model, deployment, service, ROUTES))

    def writes(self) -> list[str]:
        """What the operators have written here so far, by the API server's own record; Events aside."""
        return list(_writes(self._plane, self.api.namespace))


def _writes(plane: ControlPlane, namespace: str) -> Iterator[str]:
    log = plane.directory / AUDIT_LOG
    for line in log.read_text().splitlines() if log.exists() else ():
        event = json.loads(line)
        about = event.get("objectRef") or {}
        if about.get("namespace") != namespace or about["resource"] in ("events", "leases"):
            continue
        if event["verb"] in ("get", "list", "watch") or "dryRun" in event["requestURI"]:
            continue
        if event.get("responseStatus", {}).get("code", 0) < 300:
            subresource = f"/{about['subresource']}" if "subresource" in about else ""
            yield f"{event['verb']} {about['resource']}/{about.get('name')}{subresource}"


def defects(process: Process) -> Sequence[str]:
    """What an operator says against itself: errors of its own, and tracebacks of whatever is in it."""
    found = [
        json.dumps(line)
        for line in process.lines()
        if "exc_info" in line
        or (line["level"] in ("ERROR", "CRITICAL") and line["logger"].startswith("truss_operator"))
    ]
    if process.popen.poll() is not None:
        found += ["the operator ended by itself", *process.stderr.read_text().splitlines()[-5:]]
    return found
