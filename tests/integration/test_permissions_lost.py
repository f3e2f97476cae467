"""A permission is taken away while the operator runs: it says which, does the rest, and goes on by itself."""

from pathlib import Path

import httpx2
import pytest

from controlplane import OPERATOR, ControlPlane
from fleet import Fleet
from grants import grant_lease, taken_away
from operator_process import Process
from runtime_server import until
from weather import weather

pytestmark = pytest.mark.asyncio


def _metric(process: Process, verb: str, group: str, resource: str) -> float:
    """How often that permission was missing, by the operator's own count."""
    sample = f'trussmodel_operator_forbidden_total{{group="{group}",resource="{resource}",verb="{verb}"}} '
    lines = httpx2.get(f"{process.url()}/metrics").text.splitlines()
    return next((float(line.removeprefix(sample)) for line in lines if line.startswith(sample)), 0.0)


def _says(process: Process, verb: str, group: str, resource: str) -> None:
    """Returns when the operator has said what it lacks: in its log and in its metrics."""
    said = f'missing permission: verb "{verb}" on resource "{resource}" of API group "{group}"'
    process.line(lambda line: line["message"].startswith(said))
    until(lambda: _metric(process, verb, group, resource) or None, "the metric")
    assert httpx2.get(f"{process.url()}/healthz").text == "ok"


async def _serve(fleet: Fleet, process: Process, *names: str) -> None:
    process.ready()
    await fleet.add(*names)
    await fleet.bring_up()


@pytest.mark.parametrize(
    ("verb", "group", "resource"),
    [
        ("patch", "trussmodel.dev", "trussmodels/status"),
        ("create", "apps", "deployments"),
    ],
)
async def test_missing_permission_to_work_is_named_and_its_return_noticed(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path, verb: str, group: str, resource: str
) -> None:
    with fleet.operator(tmp_path) as process:
        await _serve(fleet, process, "echo-1", "echo-2")
        with taken_away(plane, {verb}, resource):
            await fleet.edit("echo-1", "2")
            await fleet.api.patch(
                "services", "echo-2", {"spec": {"sessionAffinity": "None", "selector": None}}
            )
            await fleet.add("echo-3")
            _says(process, verb, group, resource)
        await fleet.settle(process)


async def test_missing_permission_to_watch_is_named_and_its_return_noticed(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    """A watch that has begun goes on; the API server asks for the permission when the next one begins."""
    with weather(plane) as sky, fleet.operator(tmp_path, server=sky.url) as process:
        await _serve(fleet, process, "echo-1")
        with taken_away(plane, {"list", "watch"}, "services"):
            sky.cut_watches()
            await fleet.api.delete("services", "echo-1")
            await fleet.edit("echo-1", "2")
            _says(process, "watch", "", "services")
        await fleet.settle(process)


async def test_missing_permission_to_list_is_named_and_its_return_noticed(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    with fleet.operator(tmp_path, "--resync-seconds=1") as process:
        await _serve(fleet, process, "echo-1")
        with taken_away(plane, {"list", "watch"}, "pods"):
            _says(process, "watch", "", "pods")  # which a list as a stream asks for
            said = process.line(lambda line: line["message"].startswith("pods not listed"))["message"]
            assert 'cannot watch resource "pods"' in said
            await fleet.edit("echo-1", "2")
            # The pauses before the fifth list add up to more than three times --resync-seconds.
            until(lambda: _metric(process, "watch", "", "pods") >= 5 or None, "lists")
            assert httpx2.get(f"{process.url()}/healthz").text == "ok"
        await fleet.settle(process)
        process.line(lambda line: line["message"] == "listed again: pods")


async def test_missing_permission_for_the_lease_is_named_and_its_return_noticed(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    grant_lease(plane, fleet.api.namespace)
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{fleet.api.namespace}/roles/{OPERATOR}"
    rules = (await fleet.api.call("GET", role))["rules"]
    flags = ("--leader-elect", f"--lease-namespace={fleet.api.namespace}", "--lease-seconds=3")
    with fleet.operator(tmp_path, *flags) as process:
        await _serve(fleet, process, "echo-1")
        lesser = [{**rules[0], "verbs": ["get"]}]
        await fleet.api.call("PATCH", role, {"rules": lesser}, "application/merge-patch+json")
        _says(process, "patch", "coordination.k8s.io", "leases")
        process.line(lambda line: "no longer leading" in line["message"])
        await fleet.edit("echo-1", "2")
        await fleet.api.call("PATCH", role, {"rules": rules}, "application/merge-patch+json")
        await fleet.settle(process)


async def test_all_permissions_missing_for_a_while_are_taken_up_again(
    fleet: Fleet, plane: ControlPlane, tmp_path: Path
) -> None:
    binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    bound = await fleet.api.call("GET", f"{binding}/{OPERATOR}")
    with weather(plane) as sky, fleet.operator(tmp_path, server=sky.url) as process:
        await _serve(fleet, process, "echo-1")
        await fleet.api.call("DELETE", f"{binding}/{OPERATOR}")
        try:
            sky.cut_watches()
            await fleet.edit("echo-1", "2")
            await fleet.add("echo-2")
            _says(process, "watch", "trussmodel.dev", "trussmodels")
        finally:
            again = {
                "metadata": {"name": OPERATOR},
                "roleRef": bound["roleRef"],
                "subjects": bound["subjects"],
            }
            await fleet.api.call("POST", binding, again)
        await fleet.settle(process)
