"""Plays Deployment controller and kubelet: a process that brings up the pod of each Deployment at once.

Run as ``python -m tests.perf.at_scale.kubelet KUBECONFIG PER_SECOND [SELECTOR]``; without a selector it plays
the Deployments of TrussModels. Each rollout is four writes: the Deployment is seen, its pod is made, the pod
is ready, the Deployment counts it.
"""

import asyncio
import contextlib
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from .server import APPS, CORE, MERGE, RefusedError, Server, connected

MANAGED = "app.kubernetes.io/managed-by=trussmodel-operator"
REVISION = "trussmodel.dev/revision"
WORKERS = 16
_SINCE = "2026-01-01T00:00:01Z"
UP = {
    "readyReplicas": 1,
    "availableReplicas": 1,
    "conditions": [
        {
            "type": kind,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastUpdateTime": _SINCE,
            "lastTransitionTime": _SINCE,
        }
        for kind, reason, message in (
            ("Available", "MinimumReplicasAvailable", "Deployment has minimum availability."),
            ("Progressing", "NewReplicaSetAvailable", "ReplicaSet has successfully progressed."),
        )
    ],
}
"""What the status of a Deployment gains when its pod is up."""


class Stage:
    """Deployments that wait for their pods, each at its newest generation."""

    def __init__(self, server: Server, per_second: float, selector: str) -> None:
        self._server = server
        self._selector = selector
        self._pause = 1 / per_second
        self._waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self._news = asyncio.Condition()
        self._played: dict[tuple[str, str], str] = {}
        self._next = 0.0

    async def follow(self) -> None:
        """Takes note of Deployments as they come and change."""
        async for kind, obj in self._server.watch(APPS, "deployments", self._selector):
            if kind not in ("ADDED", "MODIFIED"):
                continue
            metadata = obj["metadata"]
            if obj.get("status", {}).get("observedGeneration", 0) >= metadata["generation"]:
                continue
            async with self._news:
                self._waiting[metadata["namespace"], metadata["name"]] = obj
                self._news.notify()

    async def play(self) -> None:
        """Brings up one after another."""
        loop = asyncio.get_running_loop()
        while True:
            async with self._news:
                await self._news.wait_for(lambda: bool(self._waiting))
                key = next(iter(self._waiting))
                deployment = self._waiting.pop(key)
            now = loop.time()
            self._next = max(self._next, now) + self._pause
            await asyncio.sleep(self._next - now - self._pause)
            try:
                await self._roll_out(key, deployment)
            except RefusedError as error:
                print(f"{key}: {error}", file=sys.stderr, flush=True)

    async def _roll_out(self, key: tuple[str, str], deployment: dict[str, Any]) -> None:
        namespace, name = key
        template = deployment["spec"]["template"]
        pod = f"{name}-{revision(template)}"
        pods = f"{CORE}/namespaces/{namespace}/pods"
        own = f"{APPS}/namespaces/{namespace}/deployments/{name}/status"
        counts = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": 1,
            "updatedReplicas": 1,
        }
        before = self._played.get(key)
        if before == pod:
            await self._server.call("PATCH", own, {"status": {**counts, **UP}}, MERGE)
            return
        await self._server.call("PATCH", own, {"status": counts}, MERGE)
        metadata = {"name": pod, "labels": template["metadata"]["labels"]}
        spec = {**template["spec"], "nodeName": "node"}
        with contextlib.suppress(RefusedError):
            await self._server.call("POST", pods, {"metadata": metadata, "spec": spec})
        await self._server.call("PATCH", f"{pods}/{pod}/status", {"status": ready(template)}, MERGE)
        self._played[key] = pod
        if before is not None:
            grace = {"gracePeriodSeconds": 0}
            with contextlib.suppress(RefusedError):
                await self._server.call("DELETE", f"{pods}/{before}", grace)
        await self._server.call("PATCH", own, {"status": {**counts, **UP}}, MERGE)


def revision(template: dict[str, Any]) -> str:
    """What tells this template from others of its Deployment: its own label, else a hash."""
    label: str | None = template["metadata"].get("labels", {}).get(REVISION)
    return label or hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]


def ready(template: dict[str, Any]) -> dict[str, Any]:
    """The status of a pod that is ready, as a kubelet writes it."""
    first = template["spec"]["containers"][0]
    container = {
        "name": first["name"],
        "image": first["image"],
        "imageID": f"registry.example.com/echo@sha256:{'0' * 64}",
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
    }
    return {
        "phase": "Running",
        "podIP": "10.1.2.3",
        "podIPs": [{"ip": "10.1.2.3"}],
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:01Z"}],
        "containerStatuses": [container],
    }


async def main(kubeconfig: Path, per_second: float, selector: str = MANAGED) -> None:
    """Plays until it is killed."""
    async with connected(kubeconfig) as server:
        stage = Stage(server, per_second, selector)
        async with asyncio.TaskGroup() as group:
            group.create_task(stage.follow())
            for _ in range(WORKERS):
                group.create_task(stage.play())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
