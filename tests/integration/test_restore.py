"""What comes of a backup: the same pods, whatever else of it was restored."""

from typing import Any

import pytest
import yaml

from api import Api, Hands, Json, condition, reason, until
from controlplane import OPERATOR, ControlPlane
from kubectl import Kubectl
from operating import Operating, operating

pytestmark = pytest.mark.asyncio

SPEC: Json = {
    "config": {"threshold": 0.5},
    "env": [{"name": "MODE", "value": "fast"}],
    "secrets": {"token": {"name": "hugging-face", "key": "token"}},
    "resources": {"requests": {"cpu": "1000m"}, "limits": {"memory": "1Gi"}},
    "podTemplate": {"spec": {"containers": [{"name": "side", "image": "registry.example.com/side:1"}]}},
    "replicas": 1,
}
CHILDREN = ("deployments", "services", "configmaps", "controllerrevisions")


async def saved(kubectl: Kubectl, *what: str) -> Json:
    """The output of ``kubectl get -o yaml``, as a file would keep it."""
    code, said = await kubectl("get", *what, "--output=yaml")
    assert code == 0, said
    document: Json = yaml.safe_load(said)
    return document


async def restored(kubectl: Kubectl, document: Json) -> None:
    code, said = await kubectl("create", "--filename=-", manifest=document)
    assert code == 0, said


async def serve(api: Api, hands: Hands) -> Json:
    """Brings one up; returns its Deployment's template."""
    await hands.serve(**SPEC)
    template: Json = (await api.get("deployments", "echo"))["spec"]["template"]
    return template


async def lose(api: Api) -> None:
    """All that there was, as the garbage collector leaves nothing either."""
    await api.delete("trussmodels", "echo")
    for plural in (*CHILDREN, "pods"):
        for obj in await api.list(plural):
            if obj["metadata"]["name"] != "kube-root-ca.crt":
                await api.delete(plural, obj["metadata"]["name"])


async def test_trussmodels_alone_bring_the_same_pods(
    api: Api, hands: Hands, kubectl: Kubectl, operator: Operating
) -> None:
    before = await serve(api, hands)
    backup = await saved(kubectl, "trussmodels")
    await operator.at_rest()
    await lose(api)
    await restored(kubectl, backup)
    after = await api.until("deployments", "echo", bool)
    assert after["spec"]["template"] == before
    await hands.roll_out("echo", "echo-2")
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    assert len(model["status"]["history"]) == 1


async def test_status_that_is_restored_is_made_true(
    api: Api, hands: Hands, kubectl: Kubectl, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        before = await serve(api, hands)
        backup = await saved(kubectl, "trussmodels")
        await running.at_rest()
    await lose(api)
    await restored(kubectl, backup)
    status: dict[str, Any] = {"status": backup["items"][0]["status"]}
    await api.patch("trussmodels", "echo", status, subresource="status", manager="restore")
    assert reason(await api.get("trussmodels", "echo")) == "Serving"
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        after = await api.until("deployments", "echo", bool)
        model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
        assert condition(model, "Available")["status"] == "False"
        assert after["spec"]["template"] == before
        await hands.roll_out("echo", "echo-2")
        await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")


async def test_children_that_are_restored_too_belong_to_nobody_and_are_made_anew(
    api: Api, hands: Hands, kubectl: Kubectl, plane: ControlPlane, admin_port: int
) -> None:
    """They name an owner of a UID that is no more: the garbage collector removes them."""
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        before = await serve(api, hands)
        await running.at_rest()
    backup = await saved(kubectl, "trussmodels,deployments,controllerrevisions")
    await lose(api)
    await restored(kubectl, backup)
    stray = (await api.get("deployments", "echo"))["metadata"]["uid"]
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:

        async def looked_twice() -> bool:
            return running.reconciles() >= 2

        await until(looked_twice, bool)
        assert reason(await api.get("trussmodels", "echo")) != "NameConflict"
        for plural in ("deployments", "controllerrevisions"):  # as the garbage collector would
            for obj in await api.list(plural):
                await api.delete(plural, obj["metadata"]["name"])
        after = await api.until("deployments", "echo", lambda d: d["metadata"]["uid"] != stray)
        assert after["spec"]["template"] == before
        [owner] = after["metadata"]["ownerReferences"]
        assert owner["uid"] == (await api.get("trussmodels", "echo"))["metadata"]["uid"]
