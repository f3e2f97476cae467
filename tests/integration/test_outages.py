"""The API server goes away, or its store is slow, or the definition is deleted: late, and nothing is lost.

`make soak-outage` keeps the API server away for a minute (OUTAGE_SECONDS).
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from controlplane import CRD_PATH, ControlPlane, await_ready, control_plane, install_crd
from fleet import Fleet
from grants import grant, grant_lease
from operator_process import Process
from store import compact

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "10"))
STORE_SECONDS = 1.0
"""What each answer of a slow store takes; a write of the API server waits for several."""

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(120 + 2 * OUTAGE_SECONDS)]


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One of its own: nobody else's is ended."""
    with control_plane(tmp_path_factory.mktemp("plane"), with_way=True) as plane:
        install_crd(plane)
        grant(plane)
        yield plane


async def _away(plane: ControlPlane, *processes: Process) -> None:
    """The API server is killed, comes back after a while, and remembers nothing of the time before."""
    plane.server.kill()
    compact(plane)
    await asyncio.sleep(OUTAGE_SECONDS)  # its length is what the test is about
    for process in processes:
        assert httpx2.get(f"{process.url()}/healthz").text == "ok"
    plane.server.start()
    await asyncio.to_thread(await_ready, plane)


async def _seen_and_unseen(fleet: Fleet, plane: ControlPlane, *processes: Process) -> None:
    """Work is on its way when the API server goes; more comes before the operator has noticed its return."""
    await fleet.add("echo-1", "echo-2", "echo-3", "echo-4", "echo-5")
    await fleet.bring_up()
    await fleet.edit("echo-1", "2")
    await fleet.add("late")
    await fleet.api.delete("services", "echo-2")
    await _away(plane, *processes)
    await fleet.api.delete("services", "echo-3")
    await fleet.api.delete("trussmodels", "echo-4")
    await fleet.edit("echo-5", "2")
    await fleet.add("later")
    took = await fleet.settle(*processes)
    print(f"all as it should be {took:.1f} s after an outage of {OUTAGE_SECONDS:.0f} s")


async def test_outage_of_the_api_server_loses_nothing(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    with fleet.operator(tmp_path) as process:
        process.ready()
        await _seen_and_unseen(fleet, plane, process)


async def test_outage_of_the_api_server_among_several_operators_loses_nothing(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    """It lasts longer than the Lease: when it is over, nobody leads."""
    grant_lease(plane, fleet.api.namespace)
    flags = ("--leader-elect", f"--lease-namespace={fleet.api.namespace}", "--lease-seconds=6")
    folders = tmp_path / "one", tmp_path / "other"
    for folder in folders:
        folder.mkdir()
    one, other = (fleet.operator(folder, *flags) for folder in folders)
    with one as first, other as second:
        first.ready()
        second.ready()
        await _seen_and_unseen(fleet, plane, first, second)
        leaving = [
            line for each in (first, second) for line in each.lines() if "no longer" in line["message"]
        ]
        assert len(leaving) == 1


async def test_slow_store_delays_and_loses_nothing(fleet: Fleet, plane: ControlPlane, tmp_path: Path) -> None:
    grant_lease(plane, fleet.api.namespace)
    way = plane.way
    assert way is not None
    flags = ("--leader-elect", f"--lease-namespace={fleet.api.namespace}")
    with fleet.operator(tmp_path, *flags) as process:
        process.ready()
        await fleet.add("echo-1", "echo-2")
        await fleet.bring_up()
        way.seconds = STORE_SECONDS
        try:
            await fleet.edit("echo-1", "2")
            await fleet.add("echo-3")
            await fleet.api.delete("services", "echo-2")
            for name in ("echo-2", "echo-3"):
                await fleet.api.until("services", name, lambda _: True, 60)
            assert not [line for line in process.lines() if "no longer leading" in line["message"]]
        finally:
            way.seconds = 0.0
        await fleet.settle(process)
        assert way.carried > 0


async def test_definition_that_is_deleted_and_made_again_is_taken_up(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    """With it go all TrussModels, and with them their children."""
    with fleet.operator(tmp_path) as process:
        process.ready()
        await fleet.add("echo-1", "echo-2")
        await fleet.bring_up()
        await fleet.api.call("DELETE", CRD_PATH)
        process.line(lambda line: "the cluster serves no trussmodels" in line["message"])
        assert httpx2.get(f"{process.url()}/healthz").text == "ok"
        install_crd(plane)
        await fleet.add("echo-2", "echo-3")
        await fleet.settle(process)
        assert await fleet.api.find("deployments", "echo-1") is None
        await fleet.edit("echo-3", "2")  # which only a watch tells by now
        await fleet.settle(process, seconds=10)
