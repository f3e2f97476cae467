"""What alerts and dashboards ask of the operator's metrics is there after a TrussModel's life."""

import pytest
from prometheus_client import generate_latest

from api import Api, Hands, reason
from operating import Operating
from promql import expressions, missing, shown

pytestmark = pytest.mark.asyncio


async def test_every_metric_in_use_is_one_that_the_operator_shows(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    await api.model("broken")
    await api.until("deployments", "broken", lambda _: True)
    await hands.start("broken", "broken-1")
    await hands.fail("broken-1", phase="load", reason="LoadFailed")
    await api.until("trussmodels", "broken", lambda model: reason(model) == "LoadFailed")
    await operator.at_rest()
    operator.permissions.refused('pods is forbidden: cannot list resource "pods" in API group ""')
    metrics = shown(generate_latest(operator.metrics.registry).decode())
    assert missing(expressions("operator"), metrics) == []
