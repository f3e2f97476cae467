"""A real API server with the CRD, the operator under the chart's permissions, a real runtime for its pods."""

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import yaml

from api import Api, Hands, Refused
from controlplane import ADMIN, OPERATOR, ROOT, ControlPlane, control_plane, install_crd
from kubectl import Kubectl
from operating import Operating, operating
from runtime_server import RuntimeServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("plane")) as plane:
        install_crd(plane)
        rbac = "rbac.authorization.k8s.io"
        subject = {"apiGroup": rbac, "kind": "User", "name": OPERATOR}
        reference = {"apiGroup": rbac, "kind": "ClusterRole", "name": OPERATOR}
        with plane.client() as client:
            for plural, body in (
                ("clusterroles", {"rules": chart_rules()}),
                ("clusterrolebindings", {"roleRef": reference, "subjects": [subject]}),
            ):
                manifest = {"metadata": {"name": OPERATOR}, **body}
                client.post(f"/apis/{rbac}/v1/{plural}", json=manifest).raise_for_status()
        yield plane


@pytest.fixture(scope="session")
def admin_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The admin port of a real runtime that serves the echo example."""
    with RuntimeServer(ROOT / "examples" / "echo", folder=tmp_path_factory.mktemp("runtime")) as server:
        server.ready()
        yield int(server.admin.rpartition(":")[2])


@pytest_asyncio.fixture
async def api(plane: ControlPlane) -> AsyncIterator[Api]:
    """An administrator in a namespace of its own, emptied afterwards: nobody collects garbage here."""
    namespace = f"test-{next(_numbers)}"
    api = Api(plane, namespace)
    await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    yield api
    for plural in ("trussmodels", "deployments", "services", "configmaps", "controllerrevisions", "pods"):
        for obj in await api.list(plural):
            try:
                await api.delete(plural, obj["metadata"]["name"])
            except Refused as error:
                if error.code != 404:
                    raise
    await api.close()


@pytest.fixture
def kubectl(api: Api, plane: ControlPlane) -> Kubectl:
    """kubectl of an administrator, in the test's namespace."""
    return Kubectl(plane.kubeconfig(ADMIN), api.namespace)


@pytest.fixture
def hands(api: Api) -> Hands:
    return Hands(api)


@pytest.fixture
def operator(api: Api, plane: ControlPlane, admin_port: int) -> Iterator[Operating]:
    """The operator, with the permissions of the chart and no other."""
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        yield running


def chart_rules() -> list[dict[str, Any]]:
    """The rules of the ClusterRole that the chart ships; they hold no template expression."""
    text = (ROOT / "charts" / "trussmodel-operator" / "templates" / "clusterrole.yaml").read_text()
    rules: list[dict[str, Any]] = yaml.safe_load(text[text.index("\nrules:") :])["rules"]
    return rules
