"""The operator's clock is two minutes wrong, against the API server's and against another operator's."""

import time
from datetime import timedelta
from typing import Any

import pytest

from api import Api, Hands, reason, until
from controlplane import OPERATOR, ControlPlane
from fleet import Fleet
from grants import grant_lease
from operating import operating
from truss_operator.settings import Settings
from weather import Fault, weather

pytestmark = pytest.mark.asyncio

LEASE_SECONDS = 3
AHEAD = [
    pytest.param(timedelta(minutes=2), id="ahead"),
    pytest.param(timedelta(minutes=-2), id="behind"),
]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_rollout_and_rollback_go_by_no_clock_of_another_machine(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, ahead: timedelta
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port, ahead=ahead) as running:
        await api.model()
        await api.until("deployments", "echo", lambda _: True)
        await hands.roll_out("echo")
        await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
        good = (await api.get("deployments", "echo"))["spec"]["template"]
        await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:broken"}})
        await api.until("deployments", "echo", lambda it: bool(it["spec"]["template"] != good))
        await hands.see("echo")
        await hands.start("echo", "echo-2")
        await hands.fail("echo-2", phase="import", reason="ImportError")
        await api.until("deployments", "echo", lambda it: bool(it["spec"]["template"] == good))
        await api.delete("pods", "echo-2")
        await hands.see("echo", readyReplicas=1, availableReplicas=1)
        await api.until("trussmodels", "echo", lambda model: reason(model) == "RolledBack")
        await running.at_rest()
        before = len(running.api.writes())
        await running.at_rest()
        assert len(running.api.writes()) == before


async def test_operators_with_different_clocks_change_nothing_of_each_other(
    fleet: Fleet, plane: ControlPlane, admin_port: int
) -> None:
    ahead = timedelta(minutes=2)
    with operating(plane.kubeconfig(OPERATOR), admin_port, ahead=ahead):
        await fleet.add("echo-1", "echo-2")
        await fleet.settle()
    for other in (-ahead, ahead):
        with operating(plane.kubeconfig(OPERATOR), admin_port, ahead=other) as running:
            await running.at_rest()
            assert running.reconciles() > 0
            assert running.api.all == []


@pytest.mark.parametrize("ahead", AHEAD)
async def test_lease_is_judged_by_how_long_it_was_seen_and_not_by_its_times(
    api: Api, plane: ControlPlane, admin_port: int, ahead: timedelta
) -> None:
    """By the clock of the one that waits, each sign of life is four minutes old, or yet to come."""
    grant_lease(plane, api.namespace)
    settings = Settings(
        host="127.0.0.1",
        port=0,
        leader_elect=True,
        lease_namespace=api.namespace,
        lease_seconds=LEASE_SECONDS,
    )

    async def lease() -> dict[str, Any]:
        path = f"/apis/coordination.k8s.io/v1/namespaces/{api.namespace}/leases"
        items: list[dict[str, Any]] = (await api.call("GET", path))["items"]
        return items[0]["spec"] if items else {}

    seen = set()

    def lives(spec: dict[str, Any]) -> bool:
        """Whether it gives signs of life, of ten in that time, for longer than the Lease is good."""
        seen.add(spec["renewTime"])
        return len(seen) > 13

    with weather(plane) as sky:
        kubeconfig = plane.kubeconfig(OPERATOR, server=sky.url)
        with operating(kubeconfig, admin_port, settings, ahead=ahead, name="leader"):
            await until(lease, lambda spec: spec.get("holderIdentity") == "leader")
            with operating(plane.kubeconfig(OPERATOR), admin_port, settings, ahead=-ahead, name="other"):
                last = await until(lease, lives, 10 * LEASE_SECONDS)
                assert (last["holderIdentity"], last["leaseTransitions"]) == ("leader", 0)
                sky.strikes, sky.faults = (lambda _: True), [Fault(0)] * 10_000
                sky.cut_watches()
                began = time.monotonic()
                await until(lease, lambda spec: spec["holderIdentity"] == "other", LEASE_SECONDS + 5)
                assert time.monotonic() - began > 0.8 * LEASE_SECONDS
                await api.model()
                await api.until("deployments", "echo", lambda _: True)
