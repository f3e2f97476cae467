"""The scale subresource, as `kubectl scale` and a HorizontalPodAutoscaler use it."""

import pytest

from api import Api, Hands, reason, until
from operating import Operating

pytestmark = pytest.mark.asyncio


async def test_it_tells_the_pods_and_their_selector(api: Api, operator: Operating, hands: Hands) -> None:
    await api.model()
    await api.until("deployments", "echo", bool)
    pod = await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
    scale = await api.call("GET", api.path("trussmodels", "echo", "scale"))
    assert (scale["spec"]["replicas"], scale["status"]["replicas"]) == (1, 1)
    query = scale["status"]["selector"].replace("=", "%3D")
    found = await api.call("GET", f"{api.path('pods')}?labelSelector={query}")
    assert [item["metadata"]["name"] for item in found["items"]] == [pod]


async def test_an_autoscaler_s_write_scales_and_is_no_new_revision(
    api: Api, operator: Operating, hands: Hands
) -> None:
    await api.model()
    before = (await api.until("deployments", "echo", bool))["spec"]["template"]
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
    scale = await api.call("GET", api.path("trussmodels", "echo", "scale"))
    scale["spec"]["replicas"] = 3
    await api.call("PUT", api.path("trussmodels", "echo", "scale"), scale)
    deployment = await api.until(
        "deployments", "echo", lambda deployment: deployment["spec"]["replicas"] == 3
    )
    assert deployment["spec"]["template"] == before
    await hands.see("echo", updatedReplicas=3, readyReplicas=1, availableReplicas=1)
    model = await api.until("trussmodels", "echo", lambda model: model["status"]["replicas"] == 3)
    assert model["status"]["replicasSummary"] == "1/3"
    assert model["status"]["activeRevision"] == before["metadata"]["labels"]["trussmodel.dev/revision"]


async def test_an_old_scale_is_refused_so_that_two_scalers_do_not_undo_each_other(api: Api) -> None:
    await api.model()
    old = await api.call("GET", api.path("trussmodels", "echo", "scale"))
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 5}})
    old["spec"]["replicas"] = 2
    with pytest.raises(AssertionError, match="409"):
        await api.call("PUT", api.path("trussmodels", "echo", "scale"), old)


async def test_two_replicas_have_a_budget_for_disruptions_and_one_has_none(
    api: Api, operator: Operating
) -> None:
    await api.model(replicas=2)
    budget = await api.until("poddisruptionbudgets", "echo", bool)
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["selector"] == (await api.get("deployments", "echo"))["spec"]["selector"]

    await api.patch("trussmodels", "echo", {"spec": {"replicas": 1}})

    async def left() -> list[object]:
        return list(await api.list("poddisruptionbudgets"))

    await until(left, lambda budgets: not budgets)
