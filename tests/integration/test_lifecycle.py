"""Restarts and deletions: the operator keeps nothing of its own and stands in nobody's way."""

import pytest

from api import Api, Hands, reason, until
from controlplane import OPERATOR, ControlPlane
from operating import operating

pytestmark = pytest.mark.asyncio


async def _versions(api: Api) -> dict[str, str]:
    found = {}
    for plural in ("trussmodels", "deployments", "services", "configmaps"):
        for obj in await api.list(plural):
            found[f"{plural}/{obj['metadata']['name']}"] = obj["metadata"]["resourceVersion"]
    return found


async def _serve(api: Api, hands: Hands) -> None:
    await api.model(config={"size": 1})
    await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")


async def test_restarted_operator_changes_nothing(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await _serve(api, hands)
        await operator.at_rest()
    before = await _versions(api)
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await operator.at_rest()
        assert operator.reconciles() > 0
        assert operator.api.status_patches("echo") == []
        assert operator.dialler.asked == []
    assert await _versions(api) == before


async def test_change_made_while_the_operator_was_away_is_carried_out(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await _serve(api, hands)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 2}})
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 2)


async def test_object_carries_no_finalizer_and_no_annotation(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await _serve(api, hands)
        metadata = (await api.get("trussmodels", "echo"))["metadata"]
    assert "finalizers" not in metadata
    assert "annotations" not in metadata


async def test_deletion_needs_no_operator(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await _serve(api, hands)
    await api.delete("trussmodels", "echo")
    assert await api.find("trussmodels", "echo") is None


async def test_deleted_trussmodel_gets_no_child_back(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await _serve(api, hands)
        await api.delete("trussmodels", "echo")
        await api.delete("deployments", "echo")  # as the garbage collector would
        await api.delete("services", "echo")
        await operator.at_rest()
        assert await api.find("deployments", "echo") is None
        assert await api.find("services", "echo") is None


async def test_trussmodel_that_is_being_deleted_is_left_alone(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await _serve(api, hands)
        await api.patch("trussmodels", "echo", {"metadata": {"finalizers": ["example.com/hold"]}})
        await api.delete("trussmodels", "echo")
        await operator.at_rest()
        written = len(operator.api.all)
        await api.delete("services", "echo")
        await operator.at_rest()
        assert operator.api.all[written:] == []
    await api.patch("trussmodels", "echo", {"metadata": {"finalizers": None}})

    async def gone() -> bool:
        return await api.find("trussmodels", "echo") is None

    assert await until(gone, bool)
