"""What the applier remembers of the children, and when it forgets it."""

from datetime import UTC, datetime

import pytest

from api import Api, Json
from client import connected
from controlplane import ADMIN, ControlPlane
from truss_operator.controller.applier import Applier
from truss_operator.controller.cache import Cache
from truss_operator.controller.owned import covers, owned_fields
from truss_operator.kube.client import FIELD_MANAGER
from truss_operator.kube.events import EventRecorder
from truss_operator.kube.resource import SERVICES

pytestmark = pytest.mark.asyncio


def service(model: Json) -> Json:
    """A child of that TrussModel."""
    owner = {key: model[key] for key in ("apiVersion", "kind")}
    owner |= {key: model["metadata"][key] for key in ("name", "uid")} | {"controller": True}
    metadata = {"namespace": model["metadata"]["namespace"], "name": "echo", "ownerReferences": [owner]}
    spec = {"ports": [{"port": 80}], "sessionAffinity": "ClientIP"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


async def test_child_that_is_wanted_again_is_looked_at_as_by_a_new_process(
    api: Api, plane: ControlPlane
) -> None:
    """Somebody took a field meanwhile and set it back: all is as it was left, but that field is not ours."""
    model = await api.model()
    child, cache = service(model), Cache()
    async with connected(plane.kubeconfig(ADMIN)) as client:
        applier = Applier(client, cache, EventRecorder(client, lambda: datetime.now(UTC), "test"))
        await applier.apply(model, [child])
        await applier.apply(model, [])
        for affinity in ("None", "ClientIP"):
            await api.patch("services", "echo", {"spec": {"sessionAffinity": affinity}}, manager="someone")
        cache.put(SERVICES, await api.get("services", "echo"))
        await applier.apply(model, [child])
    assert covers(owned_fields(await api.get("services", "echo"), FIELD_MANAGER), child)
