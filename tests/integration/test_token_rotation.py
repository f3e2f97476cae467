"""The token of the operator's pod is replaced and the old one revoked: taken up without a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from yarl import URL

from api import Api
from controlplane import ControlPlane
from fleet import Fleet
from line import Line, line
from operating import Operating, operating
from service_account import ServiceAccount

pytestmark = pytest.mark.asyncio

REVOKED_SECONDS = 5.0


@pytest_asyncio.fixture
async def account(api: Api, plane: ControlPlane, tmp_path: Path) -> ServiceAccount:
    account = ServiceAccount(api, plane, tmp_path)
    await account.create()
    return account


@pytest_asyncio.fixture
async def way(
    account: ServiceAccount, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Line]:
    """The operator's way to the API server; a watch that has begun is asked for its token no more."""
    port = URL(plane.url).port
    assert port is not None
    with line(port) as way:
        account.mount(monkeypatch, way.port)
        yield way


def _refused(running: Operating) -> float:
    """How many calls were answered with 401."""
    found = running.metrics.registry.get_sample_value(
        "rest_client_requests_total", {"method": "GET", "code": "401"}
    )
    return found or 0.0


def _defects(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.records
        if record.exc_info or (record.name.startswith("truss_operator") and record.levelname == "ERROR")
    ]


async def _cut_off(fleet: Fleet, way: Line) -> None:
    """All connections end, so that each is made anew, and much happens meanwhile."""
    way.cut()
    await fleet.edit("echo-1", "2")
    await fleet.api.delete("services", "echo-2")
    await fleet.add("echo-3")


async def test_token_that_was_renewed_is_in_use_when_the_old_one_is_revoked(
    fleet: Fleet, account: ServiceAccount, way: Line, admin_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with operating(None, admin_port) as running:
        await fleet.add("echo-1", "echo-2")
        await fleet.bring_up()
        await account.renew()
        await account.revoke_first()
        await _cut_off(fleet, way)
        await fleet.settle(seconds=20)
        assert _refused(running) > 0, "the old token was still good"
    assert _defects(caplog) == []


async def test_token_that_was_revoked_early_makes_no_storm_and_the_next_is_taken_up(
    fleet: Fleet, account: ServiceAccount, way: Line, admin_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with operating(None, admin_port) as running:
        await fleet.add("echo-1", "echo-2")
        await fleet.bring_up()
        await account.revoke_first()
        await _cut_off(fleet, way)
        await asyncio.sleep(REVOKED_SECONDS)
        assert 0 < _refused(running) < 20 * REVOKED_SECONDS
        await account.renew()
        await fleet.settle(seconds=30)
    assert _defects(caplog) == []
