"""etcd is restored from a snapshot: all is as it was then, and the operator goes by that.

Whatever it has seen since.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from controlplane import ControlPlane, control_plane, install_crd
from fleet import Fleet
from grants import grant, grant_lease
from operator_process import Process
from store import FAR_AHEAD, go_on, restore, save

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]

NOTICED_SECONDS = 30.0


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """One of its own: nobody else's is set back."""
    with control_plane(tmp_path_factory.mktemp("plane")) as plane:
        install_crd(plane)
        grant(plane)
        yield plane


async def _save_and_go_on(fleet: Fleet, plane: ControlPlane, saved: Path, process: Process) -> None:
    """After the snapshot, at which all is at rest, TrussModels are changed, made, deleted, and made again."""
    await fleet.add("changed", "deleted", "replaced")
    await fleet.settle(process)
    save(plane, saved)
    await fleet.edit("changed", "2")
    for name in ("deleted", "replaced"):
        await fleet.api.delete("trussmodels", name)
    await fleet.add("made", "replaced")
    await fleet.bring_up()


async def _ended(process: Process) -> None:
    """Returns when the operator has ended, for it has noticed."""
    code = await asyncio.to_thread(process.popen.wait, NOTICED_SECONDS)
    assert code == 1
    assert "as after a restore of etcd" in process.lines()[-1]["message"]


@pytest.mark.parametrize("flags", [(), FAR_AHEAD], ids=["counting-back", "counting-far-ahead"])
async def test_operator_that_was_left_running_notices_and_writes_nothing(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with fleet.operator(tmp_path) as process:
        process.ready()
        await _save_and_go_on(fleet, plane, tmp_path / "saved", process)
        before = len(fleet.writes())
        await asyncio.to_thread(restore, plane, tmp_path / "saved", *flags)
        await _ended(process)
    assert fleet.writes()[before:] == []


async def test_operator_for_which_only_the_time_was_later_notices(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    """Else its watches would tell nothing until that time has come again."""
    save(plane, tmp_path / "saved")
    go_on(plane, 500)  # more than an API server writes as it starts
    with fleet.operator(tmp_path) as process:
        process.ready()
        await asyncio.to_thread(restore, plane, tmp_path / "saved")
        await _ended(process)


async def test_operators_that_start_after_it_wait_for_the_lease_of_one_that_is_gone_and_find_nothing_to_do(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    grant_lease(plane, fleet.api.namespace)
    flags = ("--leader-elect", f"--lease-namespace={fleet.api.namespace}", "--lease-seconds=3")
    with fleet.operator(tmp_path, *flags) as process:
        process.ready()
        await _save_and_go_on(fleet, plane, tmp_path / "saved", process)
    before = len(fleet.writes())
    await asyncio.to_thread(restore, plane, tmp_path / "saved", *FAR_AHEAD)
    with fleet.operator(tmp_path, *flags) as process:
        process.line(lambda line: line["message"].startswith("leading"))
        await fleet.settle(process)
        assert fleet.writes()[before:] == []
        await fleet.edit("changed", "3")
        await fleet.settle(process)
