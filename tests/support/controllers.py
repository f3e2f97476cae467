"""The cluster around the operator, played: Deployment controller, kubelet, garbage collector.

One step at a time and on demand, so that a test decides how far each of them has come. What they do follows
from what is there, as with the real ones.
"""

from typing import Any

from api import Api, Hands, Json, Refused, waiting

REVISION = "trussmodel.dev/revision"
NAME = "trussmodel.dev/name"
OWNED = ("deployments", "services", "configmaps", "controllerrevisions", "poddisruptionbudgets")


class Controllers:
    """Plays them in one namespace.

    Args:
        api: As an administrator.
        addresses: By the repository of an image, the IP where its pods' runtime answers on port 8081.
    """

    def __init__(self, api: Api, addresses: dict[str, str]) -> None:
        self._api = api
        self._hands = Hands(api)
        self._addresses = addresses
        self._made = 0

    async def pods(self, name: str) -> list[Json]:
        """The pods of a TrussModel, in the order in which they were made."""
        found = [pod for pod in await self._api.list("pods") if pod["metadata"]["labels"].get(NAME) == name]
        return sorted(found, key=lambda pod: int(pod["metadata"]["name"].rpartition("-")[2]))

    async def replace(self, name: str) -> None:
        """The Deployment controller makes and deletes pods, one new one at a time."""
        deployment = await self._api.find("deployments", name)
        if deployment is None:
            for pod in await self.pods(name):
                await self._delete(pod)
            return
        spec, pods = deployment["spec"], await self.pods(name)
        wanted = spec["template"]["metadata"]["labels"].get(REVISION)
        new = [pod for pod in pods if pod["metadata"]["labels"].get(REVISION) == wanted]
        old = [pod for pod in pods if pod not in new]
        replicas = spec.get("replicas", 1)
        for pod in new[replicas:]:
            await self._delete(pod)
        if spec.get("paused"):
            return
        if spec["strategy"]["type"] == "Recreate":
            for pod in old:
                await self._delete(pod)
        if len(new) < replicas:
            self._made += 1
            await self._hands.start(name, f"{name}-{self._made}")
        ready = sum(1 for pod in new if is_ready(pod))
        for pod in old[: len(old) if ready >= replicas else 0]:
            await self._delete(pod)

    async def count(self, name: str, **conditions: Json) -> None:
        """The Deployment controller counts the pods in the Deployment's status."""
        deployment = await self._api.find("deployments", name)
        if deployment is None:
            return
        template = deployment["spec"]["template"]["metadata"]["labels"].get(REVISION)
        replicas = deployment["spec"].get("replicas", 1)
        pods = [pod for pod in await self.pods(name) if "deletionTimestamp" not in pod["metadata"]]
        new = [pod for pod in pods if pod["metadata"]["labels"].get(REVISION) == template]
        ready = sum(1 for pod in pods if is_ready(pod))
        complete = len(new) == len(pods) == ready == replicas
        progress = "NewReplicaSetAvailable" if complete else "ReplicaSetUpdated"
        told = {"Progressing": {"status": "True", "reason": progress}, **conditions}
        status = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": len(pods),
            "updatedReplicas": len(new),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": [{"type": kind, **said} for kind, said in told.items()],
        }
        await self._api.patch(
            "deployments", name, {"status": status}, subresource="status", manager="deployment-controller"
        )

    async def miss_deadline(self, name: str) -> None:
        """The Deployment controller finds that the rollout came no further until its deadline."""
        await self.count(name, Progressing={"status": "False", "reason": "ProgressDeadlineExceeded"})

    async def refuse_pods(self, name: str) -> None:
        """The ReplicaSet controller may not create pods."""
        said = 'pods "echo-1" is forbidden: exceeded quota: small, requested: memory=1Gi'
        await self.count(name, ReplicaFailure={"status": "True", "reason": "FailedCreate", "message": said})

    async def run(self, pod: Json, *, ready: bool) -> None:
        """The kubelet reports that the container runs."""
        await self._hands.report(pod["metadata"]["name"], ready=ready)
        container = pod["spec"]["containers"][0]
        repository = container["image"].rpartition("/")[2].partition(":")[0]
        address = self._addresses.get(repository, self._addresses[""])
        status = {"podIP": address, "podIPs": [{"ip": address}]}
        await self._api.patch(
            "pods", pod["metadata"]["name"], {"status": status}, subresource="status", manager="kubelet"
        )

    async def end(self, pod: Json, *, phase: str, reason: str) -> None:
        """The kubelet reports that the container ended once more."""
        containers = pod["status"].get("containerStatuses") or [{}]
        ended = containers[0].get("restartCount", 0) + 1
        conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:02Z"}]
        name = pod["metadata"]["name"]
        await self._hands.fail(name, phase=phase, reason=reason, ends=ended + 1)
        await self._status(name, {"conditions": conditions, "phase": "Running"})

    async def wait(self, pod: Json, reason: str) -> None:
        """The kubelet reports that the container cannot be started."""
        container = waiting({"reason": reason, "message": "not so"})
        conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:02Z"}]
        await self._status(
            pod["metadata"]["name"],
            {"phase": "Pending", "conditions": conditions, "containerStatuses": [container]},
        )

    async def evict(self, pod: Json) -> None:
        """The kubelet sends a pod away. It stays to be read."""
        said = {"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}
        conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:02Z"}]
        await self._status(pod["metadata"]["name"], {**said, "conditions": conditions})

    async def dismiss(self, pod: Json) -> None:
        """Someone deletes a pod, and the kubelet is not done with it."""
        path = self._api.path("pods", pod["metadata"]["name"])
        await self._api.call("DELETE", path, {"gracePeriodSeconds": 60})

    async def lose(self, pod: Json) -> None:
        """A pod is gone at once."""
        await self._delete(pod)

    async def collect(self) -> None:
        """The garbage collector deletes what belongs to a TrussModel that is no more."""
        alive = {model["metadata"]["uid"] for model in await self._api.list("trussmodels")}
        for plural in OWNED:
            for obj in await self._api.list(plural):
                owners = [owner["uid"] for owner in obj["metadata"].get("ownerReferences", ())]
                if owners and not alive & set(owners):
                    await self._gone(plural, obj)

    async def _status(self, pod: str, status: dict[str, Any]) -> None:
        await self._api.patch("pods", pod, {"status": status}, subresource="status", manager="kubelet")

    async def _delete(self, pod: Json) -> None:
        await self._gone("pods", pod)

    async def _gone(self, plural: str, obj: Json) -> None:
        try:
            await self._api.delete(plural, obj["metadata"]["name"])
        except Refused as error:
            if error.code != 404:
                raise


def is_ready(pod: Json) -> bool:
    """Whether its kubelet says so."""
    if "deletionTimestamp" in pod["metadata"]:
        return False
    conditions = pod.get("status", {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
