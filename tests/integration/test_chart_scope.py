"""The chart for some namespaces: an operator with what it grants works there, and nowhere else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from api import Api, Refused
from chart import install, install_test, rendered
from controlplane import ControlPlane
from operator_process import Process, running

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def theirs(plane: ControlPlane, api: Api) -> AsyncIterator[Api]:
    """A namespace that the operator is not told of."""
    other = Api(plane, f"{api.namespace}-theirs")
    await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": other.namespace}})
    yield other
    await other.close()


@pytest_asyncio.fixture
async def ours(plane: ControlPlane, api: Api) -> AsyncIterator[list[Api]]:
    """Two that it is told of; it is itself in a third."""
    found = [Api(plane, f"{api.namespace}-{name}") for name in ("blue", "green")]
    for each in found:
        await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": each.namespace}})
    yield found
    for each in found:
        await each.close()


def complaints(process: Process) -> list[str]:
    return [line["message"] for line in process.lines() if line["level"] != "INFO"]


async def test_operator_of_some_namespaces_works_there_and_nowhere_else(
    api: Api, ours: list[Api], theirs: Api, plane: ControlPlane, tmp_path: Path
) -> None:
    values = {"watch": {"namespaces": [each.namespace for each in ours]}}
    assert "ClusterRoleBinding" not in {manifest["kind"] for manifest in rendered(values, api.namespace)}
    installed = await install(api, plane, values)
    lease = [f"--lease-namespace={api.namespace}"]
    with running(tmp_path, installed.kubeconfig, *installed.arguments, *lease) as process:
        for each in (*ours, theirs):
            await each.model("echo", config={"a": 1}, replicas=2)
        for each in ours:
            for plural in ("deployments", "services", "poddisruptionbudgets"):
                await each.until(plural, "echo", bool)
            await each.until("trussmodels", "echo", lambda m: m["status"]["observedGeneration"] == 1)
        for each in ours:
            await each.patch("trussmodels", "echo", {"spec": {"replicas": 1, "config": {"a": 2}}})
            await each.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)
        assert await theirs.find("deployments", "echo") is None
        assert (await theirs.get("trussmodels", "echo"))["status"] == {"observedGeneration": -1}
        assert await api.list("deployments") == []
        assert complaints(process) == []


async def test_what_the_chart_grants_for_some_namespaces_opens_no_other(
    api: Api, ours: list[Api], theirs: Api, plane: ControlPlane
) -> None:
    installed = await install(api, plane, {"watch": {"namespaces": [each.namespace for each in ours]}})

    async def may(namespace: str, verb: str, resource: str, group: str = "") -> bool:
        about = {"namespace": namespace, "verb": verb, "resource": resource, "group": group}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": about},
        }
        answer = await mine.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        return bool(answer["status"]["allowed"])

    mine = Api(plane, api.namespace, token=installed.token)
    try:
        assert await may(ours[0].namespace, "create", "deployments", "apps")
        for namespace in (theirs.namespace, api.namespace, "kube-system", ""):
            assert not await may(namespace, "list", "trussmodels", "trussmodel.dev")
            assert not await may(namespace, "create", "deployments", "apps")
        for each in (*ours, theirs, api):
            for verb, resource in (("get", "secrets"), ("create", "pods/exec"), ("get", "pods/log")):
                assert not await may(each.namespace, verb, resource)
            assert not await may(each.namespace, "create", "rolebindings", "rbac.authorization.k8s.io")
        with pytest.raises(Refused, match="403"):
            await mine.call("GET", theirs.path("deployments"))
    finally:
        await mine.close()


async def test_a_test_of_the_release_makes_a_model_that_its_operator_looks_at(
    api: Api, ours: list[Api], plane: ControlPlane, tmp_path: Path
) -> None:
    served = ours[0]
    values = {
        "watch": {"namespaces": [each.namespace for each in ours], "selector": "shard=a"},
        "tests": {"labels": {"shard": "a"}},
    }
    installed = await install(api, plane, values)
    model, token = await install_test(api, values)
    name = model["metadata"]["name"]
    tester = Api(plane, served.namespace, token=token)
    lease = [f"--lease-namespace={api.namespace}"]
    try:
        with running(tmp_path, installed.kubeconfig, *installed.arguments, *lease):
            await tester.call("POST", tester.path("trussmodels"), model)
            await served.until("deployments", name, bool)
            found = await tester.get("trussmodels", name)
            assert found["metadata"]["namespace"] == served.namespace
            await tester.delete("trussmodels", name)
    finally:
        await tester.close()


async def test_operator_with_a_selector_of_the_chart_leaves_the_others_alone(
    api: Api, plane: ControlPlane, tmp_path: Path
) -> None:
    values = {"watch": {"namespaces": [api.namespace], "selector": "shard in (a,b),!legacy"}}
    installed = await install(api, plane, values)
    lease = [f"--lease-namespace={api.namespace}"]
    with running(tmp_path, installed.kubeconfig, *installed.arguments, *lease) as process:
        await api.model("other")
        await api.model("ours")
        await api.patch("trussmodels", "ours", {"metadata": {"labels": {"shard": "a"}}})
        await api.until("deployments", "ours", bool)
        assert await api.find("deployments", "other") is None
        assert complaints(process) == []
