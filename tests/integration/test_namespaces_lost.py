"""An operator of some namespaces loses one of them: the others are served on, and it is when it is back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from api import Api
from controlplane import CONFINED, ControlPlane
from grants import grant_namespace, revoke_namespace
from operator_process import Process, running
from runtime_server import until
from weather import Weather, weather

RESYNC_SECONDS = 1
"""A list that is three times as old is an ailment, unless it cannot be had."""
KINDS = 7
"""That are followed."""

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def kept(plane: ControlPlane, api: Api) -> AsyncIterator[Api]:
    """A namespace that stays."""
    async for each in _namespace(plane, f"{api.namespace}-kept"):
        yield each


@pytest_asyncio.fixture
async def lost(plane: ControlPlane, api: Api) -> AsyncIterator[Api]:
    """One that goes, and comes again."""
    async for each in _namespace(plane, f"{api.namespace}-lost"):
        yield each


async def _namespace(plane: ControlPlane, name: str) -> AsyncIterator[Api]:
    api = Api(plane, name)
    await _make(plane, api)
    yield api
    await api.close()


async def _make(plane: ControlPlane, api: Api) -> None:
    await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": api.namespace}})
    grant_namespace(plane, api.namespace, CONFINED)


async def _remove(plane: ControlPlane, api: Api) -> None:
    """Does what the cluster's controllers do when a namespace is deleted."""
    revoke_namespace(plane, api.namespace, CONFINED)
    for plural in ("trussmodels", "deployments", "services", "controllerrevisions"):
        for obj in await api.list(plural):
            await api.delete(plural, obj["metadata"]["name"])
    path = f"/api/v1/namespaces/{api.namespace}"
    await api.call("DELETE", path)
    namespace = await api.call("GET", path)
    await api.call("PUT", f"{path}/finalize", {**namespace, "spec": {"finalizers": []}})


@contextmanager
def _operator(plane: ControlPlane, folder: Path, *apis: Api) -> Iterator[tuple[Process, Weather]]:
    namespaces = ",".join(api.namespace for api in apis)
    flags = f"--namespaces={namespaces}", f"--resync-seconds={RESYNC_SECONDS}"
    with weather(plane) as sky:
        kubeconfig = plane.kubeconfig(CONFINED, server=sky.url)
        with running(folder, kubeconfig, *flags) as process:
            yield process, sky


async def _is_served(api: Api, name: str) -> None:
    await api.model(name)
    await api.until("deployments", name, lambda _: True)


async def _is_restored(api: Api, name: str) -> None:
    """A child that is deleted comes again."""
    await api.delete("services", name)
    await api.until("services", name, lambda _: True)


def _refusals(process: Process) -> float:
    """How often a list or a watch was refused."""
    text = httpx2.get(f"{process.url()}/metrics").text
    start = "trussmodel_operator_forbidden_total{"
    verbs = ('verb="list"', 'verb="watch"')
    lines = [line for line in text.splitlines() if line.startswith(start) and any(v in line for v in verbs)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def _stays_well(process: Process) -> None:
    """Returns when the lists have been refused for longer than one may be old; it is not ill of it."""
    tries = 9  # of lists and watches together: the pauses before the ninth add up to 7 s
    until(lambda: _refusals(process) >= tries * KINDS or None, "refusals")
    assert httpx2.get(f"{process.url()}/healthz").text == "ok"
    assert process.ready().text == "ok"


async def test_namespace_whose_permissions_are_taken_holds_up_no_other_and_is_taken_up_again(
    plane: ControlPlane, kept: Api, lost: Api, tmp_path: Path
) -> None:
    with _operator(plane, tmp_path, lost, kept) as (process, sky):
        await _is_served(lost, "echo")
        await _is_served(kept, "echo")
        revoke_namespace(plane, lost.namespace, CONFINED)
        sky.cut_watches()
        _stays_well(process)
        await lost.delete("services", "echo")
        await lost.model("late")
        await _is_served(kept, "other")
        await _is_restored(kept, "echo")
        grant_namespace(plane, lost.namespace, CONFINED)
        await lost.until("services", "echo", lambda _: True)
        await lost.until("deployments", "late", lambda _: True)
        await _is_restored(lost, "late")
        assert process.popen.poll() is None


async def test_namespace_that_is_deleted_holds_up_no_other_and_is_taken_up_again(
    plane: ControlPlane, kept: Api, lost: Api, tmp_path: Path
) -> None:
    with _operator(plane, tmp_path, lost, kept) as (process, sky):
        await _is_served(lost, "echo")
        await _is_served(kept, "echo")
        await _remove(plane, lost)
        sky.cut_watches()
        _stays_well(process)
        await _is_served(kept, "other")
        await _make(plane, lost)
        await _is_served(lost, "late")
        assert await lost.find("deployments", "echo") is None


async def test_operator_that_starts_without_one_of_its_namespaces_serves_the_others(
    plane: ControlPlane, kept: Api, lost: Api, tmp_path: Path
) -> None:
    revoke_namespace(plane, lost.namespace, CONFINED)
    await lost.model("echo")
    with _operator(plane, tmp_path, lost, kept) as (process, _):
        process.line(lambda line: line["message"].startswith(f"namespace {lost.namespace} is not served"))
        await _is_served(kept, "echo")
        _stays_well(process)
        assert await lost.find("deployments", "echo") is None
        grant_namespace(plane, lost.namespace, CONFINED)
        await lost.until("deployments", "echo", lambda _: True)
        await _is_restored(lost, "echo")


async def test_namespace_of_which_a_part_may_not_be_listed_is_left_alone(
    plane: ControlPlane, kept: Api, lost: Api, tmp_path: Path
) -> None:
    """What was decided on the other part might be wrong."""
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{lost.namespace}/roles/{CONFINED}"
    rules = (await lost.call("GET", role))["rules"]
    lesser = [rule for rule in rules if rule["resources"] != ["pods"]]
    await lost.call("PATCH", role, {"rules": lesser}, "application/merge-patch+json")
    await lost.model("echo")
    with _operator(plane, tmp_path, lost, kept) as (process, _):
        await _is_served(kept, "echo")
        process.ready()
        assert await lost.find("deployments", "echo") is None
        await lost.call("PATCH", role, {"rules": rules}, "application/merge-patch+json")
        await lost.until("deployments", "echo", lambda _: True)


async def test_operator_that_may_serve_none_of_its_namespaces_ends_and_says_so(
    plane: ControlPlane, kept: Api, lost: Api, tmp_path: Path
) -> None:
    for each in (kept, lost):
        revoke_namespace(plane, each.namespace, CONFINED)
    with _operator(plane, tmp_path, lost, kept) as (process, _):
        assert process.popen.wait(20) == 1
        assert f'in the namespace "{lost.namespace}"' in process.lines()[-1]["message"]
