"""What ``is_healthy`` says, and what becomes of it."""

from typing import Any

import pytest

from truss_runtime.calls import Caller
from truss_runtime.lifecycle import Lifecycle, State
from truss_runtime.model.health import Health


class Model:
    def __init__(self) -> None:
        self.says: Any = True

    def is_healthy(self) -> Any:
        if self.says == "raise":
            raise RuntimeError("sick")
        return self.says


@pytest.mark.asyncio
@pytest.mark.parametrize("value", [False, None, 0, "raise"])
async def test_model_that_is_not_healthy_is_not_ready_until_it_is_again(value: object) -> None:
    model, lifecycle = Model(), Lifecycle()
    lifecycle.to(State.READY)
    health = Health(model, Caller(), lifecycle, patience=60, clock=lambda: 0.0)

    model.says = value
    await health.ask()
    ill = lifecycle.state, lifecycle.alive
    model.says = True
    await health.ask()

    assert ill == (State.UNHEALTHY, True)
    assert lifecycle.state is State.READY
