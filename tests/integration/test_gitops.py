"""Whoever applies TrussModels, and whoever else writes to the children, keeps their own fields."""

from typing import Any

import pytest

from api import Api, Hands, Json
from kubectl import Kubectl
from operating import Operating

pytestmark = pytest.mark.asyncio

BOTH_WAYS = pytest.mark.parametrize("way", [(), ("--server-side",)], ids=["client-side", "server-side"])


def manifest(**spec: Any) -> Json:
    """What lies in the user's repository."""
    return {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "echo", "labels": {"team": "a"}},
        "spec": {"image": "registry.example.com/echo:1", **spec},
    }


async def apply(kubectl: Kubectl, way: tuple[str, ...], wanted: Json) -> None:
    code, said = await kubectl("apply", *way, "--filename=-", manifest=wanted)
    assert code == 0, said


def managers(model: Json) -> dict[str, set[str]]:
    """By field manager and subresource, the top fields of the object that it owns."""
    found: dict[str, set[str]] = {}
    for entry in model["metadata"]["managedFields"]:
        who = f"{entry['manager']} {entry.get('subresource', '')}".strip()
        found.setdefault(who, set()).update(key.removeprefix("f:") for key in entry["fieldsV1"])
    return found


@BOTH_WAYS
async def test_the_operator_owns_the_status_and_nothing_else(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl, way: tuple[str, ...]
) -> None:
    await apply(kubectl, way, manifest(env=[{"name": "A", "value": "1"}]))
    await hands.bring_up()
    model = await api.get("trussmodels", "echo")
    owned = managers(model)
    assert owned.pop("trussmodel-operator status") == {"status"}
    assert not [who for who in owned if who.startswith("trussmodel-operator")]
    assert all(fields <= {"metadata", "spec"} for fields in owned.values())


@BOTH_WAYS
async def test_applied_again_nothing_differs(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl, way: tuple[str, ...]
) -> None:
    wanted = manifest(replicas=1, config={"size": 1}, env=[{"name": "A", "value": "1"}])
    await apply(kubectl, way, wanted)
    await hands.bring_up()
    await operator.at_rest()
    before = (await api.get("trussmodels", "echo"))["metadata"]
    assert await kubectl("diff", *way, "--filename=-", manifest=wanted) == (0, "")
    await apply(kubectl, way, wanted)
    after = (await api.get("trussmodels", "echo"))["metadata"]
    assert after["generation"] == before["generation"]
    await operator.at_rest()
    assert (await api.get("trussmodels", "echo"))["metadata"]["resourceVersion"] == after["resourceVersion"]


@BOTH_WAYS
async def test_what_is_taken_out_of_the_manifest_is_gone_and_what_is_changed_is_taken(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl, way: tuple[str, ...]
) -> None:
    await apply(kubectl, way, manifest(env=[{"name": "A", "value": "1"}], nodeSelector={"a": "b"}))
    await hands.bring_up()
    await apply(kubectl, way, manifest(env=[{"name": "A", "value": "2"}]))
    deployment = await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] == 2)
    pod = deployment["spec"]["template"]["spec"]
    assert {"name": "A", "value": "2"} in pod["containers"][0]["env"]
    assert "nodeSelector" not in pod


@BOTH_WAYS
async def test_replicas_that_an_autoscaler_set_survive_an_apply_that_does_not_name_them(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl, way: tuple[str, ...]
) -> None:
    await apply(kubectl, way, manifest())
    await hands.bring_up()
    scale = await api.call("GET", api.path("trussmodels", "echo", "scale"))
    scale["spec"]["replicas"] = 3
    await api.call("PUT", api.path("trussmodels", "echo", "scale"), scale)
    await apply(kubectl, way, manifest(env=[{"name": "A", "value": "1"}]))
    deployment = await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] >= 3)
    assert deployment["spec"]["replicas"] == 3
    assert (await api.get("trussmodels", "echo"))["spec"]["replicas"] == 3


async def test_annotations_and_labels_of_others_on_the_children_stay(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl
) -> None:
    await apply(kubectl, ("--server-side",), manifest())
    await hands.bring_up()
    for plural in ("deployments", "services"):
        extra = {"metadata": {"annotations": {"note": "mine"}, "labels": {"team": "b"}}}
        await api.patch(plural, "echo", extra, manager="someone")
    await apply(kubectl, ("--server-side",), manifest(env=[{"name": "A", "value": "1"}], replicas=2))
    await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 2)
    await operator.at_rest()
    for plural in ("deployments", "services"):
        metadata = (await api.get(plural, "echo"))["metadata"]
        assert (metadata["annotations"]["note"], metadata["labels"]["team"]) == ("mine", "b")


async def test_rollout_restart_of_the_deployment_is_let_be(
    api: Api, hands: Hands, operator: Operating, kubectl: Kubectl
) -> None:
    await apply(kubectl, (), manifest())
    await hands.bring_up()
    assert (await kubectl("rollout", "restart", "deployment/echo"))[0] == 0
    await api.patch("deployments", "echo", {"spec": {"replicas": 4}}, manager="someone")
    deployment = await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)
    assert "kubectl.kubernetes.io/restartedAt" in deployment["spec"]["template"]["metadata"]["annotations"]
