"""From a new TrussModel to a Ready one, and how little is written on the way."""

import pytest

from api import Api, Hands, condition, reason
from operating import Operating

pytestmark = pytest.mark.asyncio


async def test_children_are_created_and_belong_to_their_trussmodel(api: Api, operator: Operating) -> None:
    model = await api.model(config={"tags": ["a"]})
    deployment = await api.until("deployments", "echo", lambda _: True)
    service = await api.until("services", "echo", lambda _: True)
    config_map = next(c for c in await api.list("configmaps") if "echo-config-" in c["metadata"]["name"])
    owner = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "name": "echo",
        "uid": model["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    for child in (deployment, service, config_map):
        assert child["metadata"]["ownerReferences"] == [owner]


async def test_status_tells_the_routes_that_the_runtime_told(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    progressing = await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
    assert condition(progressing, "Ready")["status"] == "False"
    await hands.start("echo", "echo-1")
    await hands.report("echo-1", ready=True)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    ready = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    assert condition(ready, "Ready")["status"] == "True"
    routes = {(route["kind"], route["method"], route["path"]) for route in ready["status"]["routes"]}
    assert ("predict", "POST", "/predict") in routes
    assert ("chat_completions", "POST", "/v1/chat/completions") in routes
    assert ready["status"]["observedGeneration"] == ready["metadata"]["generation"]


async def test_one_write_per_child_and_two_of_status(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model(config={"tags": ["a"]})
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
    await hands.start("echo", "echo-1")
    await hands.report("echo-1", ready=True)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await operator.at_rest()
    applied = sorted(write.plural for write in operator.api.writes() if write.verb == "apply")
    assert applied == ["configmaps", "controllerrevisions", "deployments", "services"]
    assert len(operator.api.status_patches("echo")) == 2


async def test_routes_are_asked_for_once(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    pod = await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await hands.report(pod, ready=False)
    await hands.report(pod, ready=True)
    await operator.at_rest()
    assert operator.dialler.asked == [pod]
