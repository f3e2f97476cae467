"""An operator that follows a part of a cluster."""

import pytest

from api import Api
from controlplane import CONFINED, OPERATOR, ControlPlane
from grants import grant_namespace
from operating import operating
from truss_operator.settings import Settings

pytestmark = pytest.mark.asyncio


async def test_operator_of_one_namespace_needs_rights_there_alone(
    api: Api, plane: ControlPlane, admin_port: int
) -> None:
    grant_namespace(plane, api.namespace, CONFINED)
    settings = Settings(host="127.0.0.1", port=0, namespaces=(api.namespace,))
    await api.model("before")
    with operating(plane.kubeconfig(CONFINED), admin_port, settings) as running:
        await api.until("deployments", "before", lambda _: True)
        await api.model("after")
        await api.until("deployments", "after", lambda _: True)
        await running.at_rest()
        await api.delete("services", "after")
        await api.until("services", "after", lambda _: True)


async def test_operator_with_a_selector_leaves_the_others_alone(
    api: Api, plane: ControlPlane, admin_port: int
) -> None:
    settings = Settings(host="127.0.0.1", port=0, selector="shard=a")
    with operating(plane.kubeconfig(OPERATOR), admin_port, settings) as running:
        await api.model("other")
        await api.model("ours")
        await api.patch("trussmodels", "ours", {"metadata": {"labels": {"shard": "a"}}})
        await api.until("deployments", "ours", lambda _: True)
        await running.at_rest()
        assert await api.find("deployments", "other") is None


async def test_trussmodel_that_moves_to_another_operator_keeps_its_children(
    api: Api, plane: ControlPlane, admin_port: int
) -> None:
    ours, theirs = (Settings(host="127.0.0.1", port=0, selector=f"shard={name}") for name in "ab")
    config = plane.kubeconfig(OPERATOR)
    with operating(config, admin_port, ours) as first, operating(config, admin_port, theirs) as second:
        await api.model("echo")
        await api.patch("trussmodels", "echo", {"metadata": {"labels": {"shard": "a"}}})
        before = await api.until("deployments", "echo", lambda _: True)
        await first.at_rest()
        await api.patch("trussmodels", "echo", {"metadata": {"labels": {"shard": "b"}}})
        await second.at_rest()
        assert second.api.writes() == []
        await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
        await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] > 1)
        assert before["metadata"]["uid"] == (await api.get("deployments", "echo"))["metadata"]["uid"]
        assert {write.plural for write in second.api.writes()} >= {"deployments"}
