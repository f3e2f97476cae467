"""What kstatus (Flux, Helm 4, cli-utils) and Argo CD make of a TrussModel, in every state."""

import re

import pytest

from api import Api, Hands, Json, condition, reason
from controlplane import OPERATOR, ROOT, ControlPlane
from health import SCRIPT, argo_health, kstatus
from kubectl import Kubectl
from operating import Operating, operating
from states import State, states

STATES = states()
BAD = "registry.example.com/echo:2"


def verdicts(model: Json) -> tuple[str, str]:
    """Of kstatus and of Argo CD's script."""
    return kstatus([model])[0][0], argo_health(model)[0]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_state_is_read_as_what_it_is(state: State) -> None:
    assert condition(state.object, "Ready").get("reason", "") == state.ready
    assert verdicts(state.object) == (state.kstatus, state.argo)


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
def test_argo_shows_the_message_of_ready_once_it_is_of_this_generation(state: State) -> None:
    ready = condition(state.object, "Ready")
    status, message = argo_health(state.object)
    seen = state.object["status"]["observedGeneration"] == state.object["metadata"]["generation"]
    if seen and "deletionTimestamp" not in state.object["metadata"]:
        assert message == f"{ready['reason']}: {ready['message']}"
    else:
        assert status == "Progressing"


@pytest.mark.asyncio
async def test_object_of_the_api_server_is_read_as_what_it_is_all_its_life(
    api: Api, operator: Operating, hands: Hands
) -> None:
    assert verdicts(await api.model()) == ("InProgress", "Progressing")
    await api.until("deployments", "echo", bool)
    await hands.see("echo")
    await hands.start("echo", "echo-1")
    coming = await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
    assert verdicts(coming) == ("InProgress", "Progressing")
    await hands.report("echo-1", ready=True)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    assert verdicts(await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")) == (
        "Current",
        "Healthy",
    )
    await api.patch("trussmodels", "echo", {"spec": {"paused": True}})
    await api.until("deployments", "echo", lambda d: d["spec"].get("paused", False))
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    assert verdicts(await api.until("trussmodels", "echo", lambda m: reason(m) == "Paused")) == (
        "Current",
        "Healthy",
    )
    changed = await api.patch("trussmodels", "echo", {"spec": {"image": BAD}})
    assert verdicts(changed) == ("InProgress", "Progressing"), "what serves is not yet what is asked for"
    await api.until("deployments", "echo", lambda d: d["metadata"]["generation"] == 3)
    await hands.see("echo", updatedReplicas=0, readyReplicas=1, availableReplicas=1)
    waiting = await api.until(
        "trussmodels", "echo", lambda m: condition(m, "Stalled").get("reason") == "Paused"
    )
    assert verdicts(waiting) == ("Failed", "Suspended")
    await api.patch("trussmodels", "echo", {"spec": {"paused": False}})
    await hands.start("echo", "echo-2")
    await hands.see("echo", replicas=2, updatedReplicas=1, readyReplicas=1, availableReplicas=1)
    await hands.fail("echo-2", phase="import", reason="ImportError")
    failed = await api.until("trussmodels", "echo", lambda m: reason(m) in ("ImportError", "RolledBack"))
    assert verdicts(failed) == ("Failed", "Degraded")
    await api.delete("pods", "echo-2")
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    restored = await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
    assert verdicts(restored) == ("Failed", "Degraded")
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 0, "image": "registry.example.com/echo:1"}})
    await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 0)
    await api.delete("pods", "echo-1")
    await hands.see("echo")
    assert verdicts(await api.until("trussmodels", "echo", lambda m: reason(m) == "ScaledToZero")) == (
        "Current",
        "Healthy",
    )
    await api.patch("trussmodels", "echo", {"metadata": {"finalizers": ["example.com/hold"]}})
    await api.delete("trussmodels", "echo")
    assert verdicts(await api.get("trussmodels", "echo")) == ("Terminating", "Progressing")
    await api.patch("trussmodels", "echo", {"metadata": {"finalizers": None}})


@pytest.mark.asyncio
async def test_refusal_of_the_api_server_is_read_as_a_failure(api: Api, operator: Operating) -> None:
    await api.model(resources={"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi"}})
    refused = await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    assert verdicts(refused) == ("Failed", "Degraded")


@pytest.mark.asyncio
async def test_kubectl_wait_waits_for_the_generation_that_was_asked_for(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, kubectl: Kubectl
) -> None:
    wait = ("wait", "--for=condition=Ready", "trussmodel/echo")
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model()
        assert (await kubectl(*wait, "--timeout=1s"))[0] != 0
        await api.until("deployments", "echo", bool)
        await hands.roll_out("echo")
        assert await kubectl(*wait, "--timeout=20s") == (0, "trussmodel.trussmodel.dev/echo condition met\n")
    await api.patch("trussmodels", "echo", {"spec": {"image": BAD}})
    assert (await kubectl(*wait, "--timeout=1s"))[0] != 0, "Ready is of the generation before"


@pytest.mark.asyncio
async def test_script_gets_into_argo_s_config_map_as_the_documentation_says(
    api: Api, kubectl: Kubectl
) -> None:
    await api.create("configmaps", {"metadata": {"name": "argocd-cm"}, "data": {"url": "https://argo"}})
    page = (ROOT / "docs" / "reference" / "status.md").read_text()
    key = re.search(r"--from-file=(\S+)=deploy/argocd/health.lua", page)
    assert key is not None
    made = await kubectl(
        "create", "configmap", "argocd-cm", "--dry-run=client", f"--from-file={key[1]}={SCRIPT}", "-o", "json"
    )
    patched = await kubectl("patch", "configmap", "argocd-cm", "--patch", made[1])
    assert patched == (0, "configmap/argocd-cm patched\n")
    data = (await api.get("configmaps", "argocd-cm"))["data"]
    assert data == {
        "url": "https://argo",
        "resource.customizations.health.trussmodel.dev_TrussModel": SCRIPT.read_text(),
    }
