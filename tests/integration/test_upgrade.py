"""From one version of the operator to another and back: no pod of an unchanged TrussModel is made anew.

The other one is this one with another builder of pods; `make test-upgrade` takes that of an earlier commit.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from another_version import BUILT_BY
from api import Api, Json
from controlplane import OPERATOR, ROOT, ControlPlane
from fleet import Fleet
from operator_process import ON_LOOPBACK, Process, running

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]

ANOTHER = (sys.executable, ROOT / "tests" / "support" / "another_version.py")


class Versions:
    """The operator's versions, one of which runs at a time."""

    def __init__(self, plane: ControlPlane, folder: Path) -> None:
        self._kubeconfig = plane.kubeconfig(OPERATOR)
        self._folder = folder
        self._runs = 0

    @contextmanager
    def this(self) -> Iterator[Process]:
        with running(self._next(), self._kubeconfig, command=ON_LOOPBACK) as process:
            process.ready()
            yield process

    @contextmanager
    def another(self) -> Iterator[Process]:
        with running(self._next(), self._kubeconfig, command=ANOTHER) as process:
            process.ready()
            yield process

    def _next(self) -> Path:
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        return folder


@pytest.fixture
def versions(plane: ControlPlane, tmp_path: Path) -> Versions:
    return Versions(plane, tmp_path)


async def _running(api: Api) -> dict[str, tuple[Json, set[str]]]:
    """What each Deployment runs: its pod template, and its pods."""
    found = {}
    for deployment in await api.list("deployments"):
        name = deployment["metadata"]["name"]
        pods = {
            pod["metadata"]["uid"]
            for pod in await api.list("pods")
            if pod["metadata"]["labels"]["trussmodel.dev/name"] == name
        }
        found[name] = (deployment["spec"]["template"], pods)
    return found


def _is_of_another(template: Json) -> bool:
    return BUILT_BY in template["spec"]["containers"][0].get("env", ())


async def test_upgrade_and_its_way_back_leave_the_pods_of_unchanged_trussmodels_alone(
    fleet: Fleet, versions: Versions
) -> None:
    with versions.this() as process:
        await fleet.add("echo-1", "echo-2")
        await fleet.api.model(
            "echo-3",
            replicas=2,
            config={"size": 1},
            env=[{"name": "A", "value": "1"}],
            resources={"requests": {"cpu": "1000m", "memory": "1Gi"}},
            podTemplate={"spec": {"containers": [{"name": "sidecar", "image": "registry.example.com/a:1"}]}},
        )
        await fleet.settle(process)
    before = await _running(fleet.api)
    with versions.another() as process:
        await fleet.settle(process, foreign=True)
        assert await _running(fleet.api) == before
        await fleet.edit("echo-2", "2")
        await fleet.add("echo-4")
        await fleet.settle(process, foreign=True)
    between = await _running(fleet.api)
    assert {name: between[name] for name in ("echo-1", "echo-3")} == {
        name: before[name] for name in ("echo-1", "echo-3")
    }
    if not os.environ.get("ANOTHER_OPERATOR"):
        assert all(_is_of_another(between[name][0]) for name in ("echo-2", "echo-4"))
    with versions.this() as process:
        await fleet.settle(process)
        assert await _running(fleet.api) == between
        await fleet.edit("echo-2", "3")
        await fleet.settle(process)
    after = await _running(fleet.api)
    assert not _is_of_another(after["echo-2"][0])
    assert {name: after[name] for name in ("echo-1", "echo-3", "echo-4")} == {
        name: between[name] for name in ("echo-1", "echo-3", "echo-4")
    }


async def test_revision_that_another_version_built_is_restored_as_it_was(
    fleet: Fleet, versions: Versions
) -> None:
    with versions.another() as process:
        await fleet.add("echo-1")
        await fleet.settle(process, foreign=True)
    good, pods = (await _running(fleet.api))["echo-1"]
    with versions.this():
        await fleet.edit("echo-1", "broken")
        await fleet.api.until("deployments", "echo-1", lambda it: bool(it["spec"]["template"] != good))
        await fleet.fail("echo-1")
        await fleet.api.until("deployments", "echo-1", lambda it: bool(it["spec"]["template"] == good))
        assert pods <= (await _running(fleet.api))["echo-1"][1]
