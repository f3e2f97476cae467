"""What a change of spec makes of the children."""

import pytest

from api import Api, Hands, Json, condition, reason
from operating import Operating

pytestmark = pytest.mark.asyncio


def _image(deployment: Json) -> str:
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


async def _config_maps(api: Api) -> list[str]:
    return sorted(obj["metadata"]["name"] for obj in await api.list("configmaps"))


async def test_scaling_the_trussmodel_scales_the_deployment(api: Api, operator: Operating) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 3}}, subresource="scale")
    await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 3)


async def test_scaling_makes_no_new_revision(api: Api, operator: Operating) -> None:
    await api.model()
    before = await api.until("deployments", "echo", lambda _: True)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 3}})
    after = await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 3)
    assert after["spec"]["template"] == before["spec"]["template"]


async def test_another_image_is_another_revision(api: Api, operator: Operating) -> None:
    await api.model()
    before = await api.until("deployments", "echo", lambda _: True)
    await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
    after = await api.until("deployments", "echo", lambda d: _image(d).endswith("echo:2"))
    label = "trussmodel.dev/revision"
    old, new = (d["spec"]["template"]["metadata"]["labels"][label] for d in (before, after))
    assert old != new


async def test_routes_are_those_of_the_new_revision(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    old = await hands.roll_out("echo")
    first = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
    await api.until("deployments", "echo", lambda d: _image(d).endswith("echo:2"))
    await hands.start("echo", "echo-2")
    await hands.report("echo-2", ready=True)
    await api.delete("pods", old)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    second = await api.until(
        "trussmodels", "echo", lambda m: m["status"]["activeRevision"] != first["status"]["activeRevision"]
    )
    assert condition(second, "RoutesDiscovered")["observedGeneration"] == 2
    assert operator.dialler.asked == [old, "echo-2"]


async def test_former_config_stays_while_a_pod_mounts_it(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model(config={"size": 1})
    await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    [old] = await _config_maps(api)
    await api.patch("trussmodels", "echo", {"spec": {"config": {"size": 2}}})
    await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] == 2)
    await hands.see("echo", replicas=2, updatedReplicas=1, readyReplicas=1, availableReplicas=1)
    await operator.at_rest()
    assert old in await _config_maps(api)


async def test_former_config_goes_with_the_last_pod_that_mounts_it(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await api.model(config={"size": 1})
    await api.until("deployments", "echo", lambda _: True)
    pod = await hands.roll_out("echo")
    [old] = await _config_maps(api)
    await api.patch("trussmodels", "echo", {"spec": {"config": {"size": 2}}})
    await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] == 2)
    [new] = set(await _config_maps(api)) - {old}
    await hands.start("echo", "echo-2")
    await hands.report("echo-2", ready=True)
    await api.delete("pods", pod)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    await operator.at_rest()
    assert await _config_maps(api) == [new]


async def test_config_of_others_is_left_alone(api: Api, hands: Hands, operator: Operating) -> None:
    labels = {"app.kubernetes.io/managed-by": "trussmodel-operator", "trussmodel.dev/name": "echo"}
    await api.create("configmaps", {"metadata": {"name": "echo-config-mine", "labels": labels}})
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    assert await _config_maps(api) == ["echo-config-mine"]
