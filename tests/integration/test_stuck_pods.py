"""A pod that gets no further is looked at closer: at its Events, and at what answers on its port."""

import asyncio
import socket
import time
from typing import Any

import pytest
from aiohttp import web

from api import Api, Hands, condition, reason
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating
from truss_operator.controller.inspector import MOST_EVENTS
from truss_operator.kube.listing import PAGE_SIZE
from weather import Fault, weather

pytestmark = pytest.mark.asyncio

Json = dict[str, Any]
NOTE = 'MountVolume.SetUp failed for volume "secrets" : secret "tokens" not found'


async def say(api: Api, pod: Json, reason: str, note: str, number: int = 1) -> None:
    """A kubelet says something of a pod."""
    metadata = pod["metadata"]
    path = f"/apis/events.k8s.io/v1/namespaces/{metadata['namespace']}/events"
    event = {
        "metadata": {"name": f"{metadata['name']}.{number}", "namespace": metadata["namespace"]},
        "type": "Warning",
        "reason": reason,
        "note": note,
        "action": "Mount",
        "eventTime": "2026-01-01T00:00:02.000000Z",
        "reportingController": "kubelet",
        "reportingInstance": "node",
        "regarding": {
            "apiVersion": "v1",
            "kind": "Pod",
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
        },
    }
    await api.call("POST", path, event)


async def creating(api: Api, hands: Hands) -> Json:
    """A pod whose volumes are being set up."""
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    pod = await hands.start("echo", "echo-1")
    await hands.set_up("echo-1")
    return pod


async def test_missing_secret_of_a_volume_is_read_from_the_events(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await say(api, await creating(api, hands), "FailedMount", NOTE)

    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "ConfigMissing")

    assert 'secret "tokens" not found' in model["status"]["lastFailure"]["message"]
    await operator.at_rest()
    assert len(operator.api.status_patches("echo")) == 2


async def test_events_are_not_asked_for_again_before_the_api_server_wants_it(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    asked: list[float] = []

    def lists_events(request: web.BaseRequest) -> bool:
        if request.method != "GET" or not request.path.endswith("/events"):
            return False
        asked.append(time.monotonic())
        return True

    seconds = 4  # without it the second question follows after two
    with weather(plane) as sky:
        sky.strikes = lists_events
        sky.faults = [Fault(429, {"Retry-After": str(seconds)}), *[Fault(200, late=True)] * 100]
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await say(api, await creating(api, hands), "FailedMount", NOTE)
            await api.until("trussmodels", "echo", lambda m: reason(m) == "ConfigMissing")
    assert asked[1] - asked[0] >= seconds


async def test_events_of_another_pod_are_not_mixed_in(api: Api, hands: Hands, operator: Operating) -> None:
    pod = await creating(api, hands)
    other = {**pod, "metadata": {**pod["metadata"], "uid": "00000000-0000-0000-0000-000000000000"}}
    await say(api, other, "FailedMount", NOTE)

    await operator.at_rest()

    assert reason(await api.get("trussmodels", "echo")) == "Progressing"


async def test_pod_that_was_ready_and_no_longer_answers_is_unresponsive(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    pod = await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        operator.dialler.port = taken.getsockname()[1]
        now = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-02T00:00:00Z"}
        containers = (await api.get("pods", pod))["status"]["containerStatuses"]
        status = {
            "conditions": [now],
            "containerStatuses": [{**containers[0], "ready": False, "started": True}],
        }
        await api.patch("pods", pod, {"status": status}, subresource="status", manager="kubelet")
        await hands.see("echo", readyReplicas=0, availableReplicas=0)

        model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Unresponsive")

    assert condition(model, "Available")["status"] == "False"
    assert model["status"]["lastFailure"]["pod"] == pod


async def test_of_a_flood_of_events_no_more_is_read_than_a_kubelet_could_leave(
    api: Api, hands: Hands, operator: Operating
) -> None:
    """Whoever may write Events in the namespace may write them of any pod."""
    pod = await creating(api, hands)
    many = MOST_EVENTS + 3 * PAGE_SIZE
    await asyncio.gather(*(say(api, pod, "FailedMount", NOTE, number) for number in range(many)))

    await api.until("trussmodels", "echo", lambda m: reason(m) == "ConfigMissing")
    await operator.at_rest()

    assert max(page for plural, page in operator.api.listed if plural == "events") <= MOST_EVENTS / PAGE_SIZE
