"""A spec that the installed definition admits and this version of the operator cannot read."""

import copy
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from api import Api, Hands, Json, Refused, condition, reason, until
from operating import Operating

pytestmark = pytest.mark.asyncio

CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/trussmodels.trussmodel.dev"


async def change_schema(api: Api, schema: Json) -> None:
    crd = await api.call("GET", CRD)
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema
    await api.call("PUT", CRD, crd)


@pytest_asyncio.fixture
async def other_definition(api: Api) -> AsyncIterator[None]:
    """The definition of another version: a service account is a number. The shipped one comes back after."""
    shipped = (await api.call("GET", CRD))["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    other = copy.deepcopy(shipped)
    other["properties"]["spec"]["properties"]["serviceAccountName"] = {"type": "integer"}

    async def admits() -> bool:
        try:
            await api.model("probe", serviceAccountName=7)
        except Refused:
            return False
        await api.delete("trussmodels", "probe")
        return True

    await change_schema(api, other)
    await until(admits, bool)
    yield
    await change_schema(api, shipped)
    await until(admits, lambda admitted: not admitted)


async def test_it_is_told_in_the_status_and_not_tried_again_and_again(
    api: Api, other_definition: None, operator: Operating
) -> None:
    await api.model(serviceAccountName=7)
    model = await api.until("trussmodels", "echo", lambda model: reason(model) == "InvalidSpec")
    assert "spec.serviceAccountName: " in condition(model, "Ready")["message"]
    assert condition(model, "Stalled")["status"] == "True"
    assert model["status"]["observedGeneration"] == model["metadata"]["generation"]
    await operator.at_rest()
    assert await api.find("deployments", "echo") is None
    assert operator.metrics.registry.get_sample_value(
        "controller_runtime_reconcile_total", {"controller": "trussmodel", "result": "error"}
    ) in (None, 0)


async def test_what_serves_goes_on_and_the_mended_spec_is_taken(
    api: Api, other_definition: None, operator: Operating, hands: Hands
) -> None:
    await api.model()
    await api.until("deployments", "echo", bool)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
    await api.patch("trussmodels", "echo", {"spec": {"serviceAccountName": 7}})
    model = await api.until("trussmodels", "echo", lambda model: reason(model) == "InvalidSpec")
    assert condition(model, "Available")["status"] == "True"
    assert (await api.get("deployments", "echo"))["spec"]["replicas"] == 1
    await api.patch("trussmodels", "echo", {"spec": {"serviceAccountName": None}})
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
