"""Routes that cannot be read."""

import pytest

from api import Api, Hands, condition, reason
from controlplane import OPERATOR, ControlPlane
from operating import operating

pytestmark = pytest.mark.asyncio

CLOSED = 1
"""A port on which nothing listens."""


async def test_pod_that_does_not_tell_its_routes_is_named_and_asked_again(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), CLOSED) as operator:
        await api.model()
        await api.until("deployments", "echo", lambda _: True)
        pod = await hands.roll_out("echo")
        model = await api.until("trussmodels", "echo", lambda m: reason(m) == "RoutesUnreadable")
        assert pod in condition(model, "Ready")["message"]
        assert condition(model, "Ready")["status"] == "False"
        operator.dialler.port = admin_port
        ready = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
        assert "lastFailure" not in ready["status"]
