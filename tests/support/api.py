"""The API server as a user of the cluster talks to it, and as its controllers and kubelets write to it.

There is neither controller manager nor kubelet beside the tests' API server: what those would write, `Hands`
writes.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx2

from controlplane import ADMIN, ControlPlane
from truss_operator.kube.document import loads

Json = dict[str, Any]
T = TypeVar("T")

_PATHS = {
    "trussmodels": "/apis/trussmodel.dev/v1alpha1",
    "deployments": "/apis/apps/v1",
    "controllerrevisions": "/apis/apps/v1",
    "services": "/api/v1",
    "configmaps": "/api/v1",
    "pods": "/api/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "events": "/apis/events.k8s.io/v1",
}


PATIENCE = 20.0
"""Seconds for which a call is made again that the API server has no time for."""


class Refused(AssertionError):  # noqa: N818  # the API server's answer, not an error of the test
    """The API server said no; the message is its own."""

    def __init__(self, response: httpx2.Response) -> None:
        self.code = response.status_code
        try:
            said = response.json().get("message", response.text)
        except ValueError:
            said = response.text
        super().__init__(f"{response.request.method} {response.request.url.path}: {self.code}: {said}")


class Api:
    """All calls of one user, by default the administrator, in one namespace."""

    def __init__(self, plane: ControlPlane, namespace: str, token: str = "") -> None:
        self.namespace = namespace
        self._http = httpx2.AsyncClient(
            base_url=plane.url,
            verify=ssl.create_default_context(cafile=plane.ca),
            headers={"Authorization": f"Bearer {token or plane.tokens[ADMIN]}"},
            timeout=30,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def call(
        self, method: str, path: str, body: object = None, content_type: str = "application/json"
    ) -> Json:
        """One call; raises `Refused` unless it went well. A body that is text goes as it is.

        As kubectl does it waits where the API server says for how long: it answers so, for one, while it
        takes up a definition that has changed.
        """
        content = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        deadline = time.monotonic() + PATIENCE
        while True:
            response = await self._http.request(
                method, path, content=content, headers={"Content-Type": content_type}
            )
            pause = float(response.headers.get("Retry-After", "0"))
            if response.status_code != 429 or not pause or time.monotonic() + pause > deadline:
                break
            await asyncio.sleep(pause)
        if not response.is_success:
            raise Refused(response)
        answer: Json = loads(response.content)
        return answer

    def path(self, plural: str, name: str = "", subresource: str = "") -> str:
        parts = [_PATHS[plural], "namespaces", self.namespace, plural, name, subresource]
        return "/".join(part for part in parts if part)

    async def get(self, plural: str, name: str) -> Json:
        return await self.call("GET", self.path(plural, name))

    async def find(self, plural: str, name: str) -> Json | None:
        try:
            return await self.get(plural, name)
        except Refused as error:
            if error.code == 404:
                return None
            raise

    async def list(self, plural: str) -> list[Json]:
        items: list[Json] = (await self.call("GET", self.path(plural)))["items"]
        return items

    async def create(self, plural: str, manifest: Json) -> Json:
        return await self.call("POST", self.path(plural), manifest)

    async def model(self, name: str = "echo", /, **spec: Any) -> Json:
        """Creates a TrussModel."""
        manifest = {
            "apiVersion": "trussmodel.dev/v1alpha1",
            "kind": "TrussModel",
            "metadata": {"name": name},
            "spec": {"image": "registry.example.com/echo:1", **spec},
        }
        return await self.create("trussmodels", manifest)

    async def patch(
        self, plural: str, name: str, patch: Json, *, subresource: str = "", manager: str = "kubectl-edit"
    ) -> Json:
        """A merge patch, as by that field manager."""
        path = f"{self.path(plural, name, subresource)}?fieldManager={manager}"
        return await self.call("PATCH", path, patch, "application/merge-patch+json")

    async def delete(self, plural: str, name: str) -> None:
        options = {"propagationPolicy": "Background", "gracePeriodSeconds": 0}
        await self.call("DELETE", self.path(plural, name), options)

    async def until(self, plural: str, name: str, holds: Callable[[Json], bool], seconds: float = 20) -> Json:
        """Reads an object until it is there and `holds` says so; fails showing what was read last."""

        async def read() -> Json | None:
            return await self.find(plural, name)

        found = await until(read, lambda obj: obj is not None and holds(obj), seconds)
        assert found is not None
        return found


async def until(read: Callable[[], Awaitable[T]], holds: Callable[[T], bool], seconds: float = 20) -> T:
    """Reads until what was read holds; fails showing what was read last."""
    deadline = time.monotonic() + seconds
    while True:
        found = await read()
        if holds(found):
            return found
        assert time.monotonic() < deadline, f"not so after {seconds} s: {found}"
        await asyncio.sleep(0.02)


def condition(model: Json, kind: str) -> Json:
    """The condition of that type, or an empty one."""
    conditions = model.get("status", {}).get("conditions", [])
    found: Json = next((each for each in conditions if each["type"] == kind), {})
    return found


def reason(model: Json) -> str:
    """The reason of Ready, or nothing."""
    found: str = condition(model, "Ready").get("reason", "")
    return found


def waiting(why: Json) -> Json:
    """The status of the model's container while it does not run."""
    return {
        "name": "model",
        "image": "x",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": why},
    }


class Hands:
    """Writes what the Deployment controller and the kubelet would write."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def see(self, name: str, **counts: int) -> Json:
        """The Deployment controller has seen the Deployment; by default its pods are there, none ready."""
        deployment = await self._api.get("deployments", name)
        replicas = deployment["spec"].get("replicas", 1)
        zero = {"readyReplicas": 0, "availableReplicas": 0}
        status = {"replicas": replicas, "updatedReplicas": replicas, **zero, **counts}
        status["observedGeneration"] = deployment["metadata"]["generation"]
        return await self._api.patch(
            "deployments", name, {"status": status}, subresource="status", manager="deployment-controller"
        )

    async def start(self, name: str, pod: str) -> Json:
        """The ReplicaSet controller makes a pod of the Deployment's template, a kubelet runs it."""
        template = (await self._api.get("deployments", name))["spec"]["template"]
        spec = {**template["spec"], "nodeName": "node"}
        metadata = {"name": pod, "labels": template["metadata"]["labels"]}
        await self._api.create("pods", {"metadata": metadata, "spec": spec})
        return await self.report(pod, ready=False)

    async def report(self, pod: str, *, ready: bool, ip: str = "10.1.2.3") -> Json:
        """A kubelet reports on a pod."""
        image = (await self._api.get("pods", pod))["spec"]["containers"][0]["image"]
        changed = "2026-01-01T00:00:01Z" if ready else "2025-12-31T23:59:59Z"
        container = {
            "name": "model",
            "image": image,
            "imageID": f"{image.partition(':')[0]}@sha256:{'0' * 64}",
            "ready": ready,
            "restartCount": 0,
            "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
        }
        status = {
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "conditions": [{"type": "Ready", "status": str(ready), "lastTransitionTime": changed}],
            "containerStatuses": [container],
        }
        return await self._api.patch("pods", pod, {"status": status}, subresource="status", manager="kubelet")

    async def set_up(self, pod: str) -> Json:
        """A kubelet reports that it sets up what the container needs before it can run."""
        status = {"phase": "Pending", "containerStatuses": [waiting({"reason": "ContainerCreating"})]}
        return await self._api.patch("pods", pod, {"status": status}, subresource="status", manager="kubelet")

    async def fail(self, pod: str, *, phase: str, reason: str, ends: int = 1) -> Json:
        """A kubelet reports that the container ended so often, and what it said the last time."""
        report = {"phase": phase, "reason": reason, "exceptionType": "RuntimeError", "message": "no"}
        end = {"exitCode": 3, "reason": "Error", "message": json.dumps(report)}
        container = waiting({"reason": "CrashLoopBackOff"})
        container |= {"restartCount": ends - 1, "lastState": {"terminated": end}}
        status = {"containerStatuses": [container]}
        return await self._api.patch("pods", pod, {"status": status}, subresource="status", manager="kubelet")

    async def miss_deadline(self, name: str) -> Json:
        """The Deployment controller finds that the rollout came no further until its deadline."""
        condition = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
        patch = {"status": {"conditions": [condition]}}
        return await self._api.patch(
            "deployments", name, patch, subresource="status", manager="deployment-controller"
        )

    async def roll_out(self, name: str, pod: str | None = None) -> str:
        """One replica comes up from nothing: seen, started, ready, counted. Returns the pod's name."""
        pod = pod or f"{name}-1"
        await self.see(name)
        await self.start(name, pod)
        await self.report(pod, ready=True)
        await self.see(name, readyReplicas=1, availableReplicas=1)
        return pod

    async def bring_up(self) -> str:
        """The TrussModel's first revision comes to serve; returns it."""
        await self._api.until("deployments", "echo", lambda _: True)
        await self.roll_out("echo")
        model = await self._api.until("trussmodels", "echo", lambda found: reason(found) == "Serving")
        revision: str = model["status"]["activeRevision"]
        return revision

    async def serve(self, **spec: Any) -> str:
        """The first revision of a new TrussModel comes to serve; returns it."""
        await self._api.model(**spec)
        return await self.bring_up()
