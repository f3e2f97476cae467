"""What the operator is allowed to do is what it does, by the API server's own record of its calls."""

from functools import partial

import pytest

from api import Api, Hands, Json, reason, until
from calls import ASKED_BY_ADMISSION, Grant, calls, granted, used
from controlplane import AUDIT_LOG, OPERATOR, ControlPlane
from grants import chart_rules
from operating import Operating

pytestmark = pytest.mark.asyncio


@pytest.fixture
def former(plane: ControlPlane) -> int:
    """How many calls were recorded before the operator began: those of other tests."""
    return len(recorded(plane))


def recorded(plane: ControlPlane) -> list[str]:
    log = plane.directory / AUDIT_LOG
    return log.read_text().splitlines() if log.exists() else []


def used_of(plane: ControlPlane, former: int) -> set[Grant]:
    """What the operator's calls asked for, but for its Lease, which a Role grants."""
    asked = used(calls(recorded(plane)[former:], OPERATOR))
    return {grant for grant in asked if grant[1] != "leases"}


def runs_another(template: Json, deployment: Json) -> bool:
    return bool(deployment["spec"]["template"] != template)


async def lived(api: Api, hands: Hands, plane: ControlPlane, former: int) -> None:
    """A life with all that makes the operator call: a budget, a stuck pod, more revisions than are kept."""
    await api.model(config={"number": 0}, replicas=2)
    await api.until("deployments", "echo", lambda _: True)
    await hands.see("echo")
    await hands.start("echo", "echo-1")
    await hands.set_up("echo-1")

    async def asked() -> set[Grant]:
        return used_of(plane, former)

    # A pod that gets no further is looked into after a while.
    await until(asked, lambda made: ("events.k8s.io", "events", "list") in made)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 1}})
    for number in range(1, 13):
        before = (await api.get("deployments", "echo"))["spec"]["template"]
        await api.patch("trussmodels", "echo", {"spec": {"config": {"number": number}}})
        await api.until("deployments", "echo", partial(runs_another, before))
    await api.delete("pods", "echo-1")
    pod = await hands.roll_out("echo", "echo-2")
    await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")
    for _ in range(2):
        await hands.report(pod, ready=False)
        await hands.see("echo")
        await api.until("trussmodels", "echo", lambda model: reason(model) != "Serving")
        await hands.report(pod, ready=True)
        await hands.see("echo", readyReplicas=1, availableReplicas=1)
        await api.until("trussmodels", "echo", lambda model: reason(model) == "Serving")


async def test_what_is_granted_is_what_is_used(
    former: int, api: Api, hands: Hands, operator: Operating, plane: ControlPlane
) -> None:
    await lived(api, hands, plane, former)
    await operator.at_rest()
    assert used_of(plane, former) == granted(chart_rules()) - {ASKED_BY_ADMISSION}
