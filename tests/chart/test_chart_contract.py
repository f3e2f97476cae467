"""What the chart takes for granted of the operator's process, held against that very code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from truss_operator.health import Health
from truss_operator.main import main
from truss_operator.server import serving
from truss_operator.settings import Settings

Json = dict[str, Any]
Render = Callable[..., list[Json]]

WELL = Health(listed=lambda: True, oldest_reconcile=lambda: 0.0)


def container(manifests: list[Json]) -> Json:
    (deployment,) = [manifest for manifest in manifests if manifest["kind"] == "Deployment"]
    found: Json = deployment["spec"]["template"]["spec"]["containers"][0]
    return found


def test_the_command_line_is_one_that_the_operator_takes(render: Render, case: Path) -> None:
    main.make_context("truss-operator", list(container(render(values=case))["args"]))


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_every_log_level_is_one_that_the_operator_takes(render: Render, level: str) -> None:
    arguments = container(render(values={"logLevel": level}))["args"]
    assert main.make_context("truss-operator", list(arguments)).params["log_level"] == level.upper()


def test_the_port_is_the_operators_own(render: Render) -> None:
    assert container(render())["ports"] == [{"name": "http", "containerPort": Settings().port}]


@pytest.mark.asyncio
@pytest.mark.parametrize("probe", ["livenessProbe", "readinessProbe"])
async def test_a_probe_asks_what_the_operator_answers(render: Render, probe: str) -> None:
    path = container(render())[probe]["httpGet"]["path"]
    async with (
        serving(WELL, CollectorRegistry(), "127.0.0.1", 0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert answer.status == 200
