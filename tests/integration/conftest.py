"""A real API server with the CRD, the operator under the chart's permissions, a real runtime for its pods."""

import itertools
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from api import Api, Hands, Refused
from controlplane import ADMIN, OPERATOR, ROOT, ControlPlane, control_plane, install_crd
from dry_run import DryRun
from fleet import Fleet
from grants import grant
from kubectl import Kubectl
from operating import Operating, operating
from runtime_server import RuntimeServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("plane")) as plane:
        install_crd(plane)
        grant(plane)
        yield plane


@pytest.fixture(scope="session")
def admin_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The admin port of a real runtime that serves the echo example."""
    with RuntimeServer(ROOT / "examples" / "echo", folder=tmp_path_factory.mktemp("runtime")) as server:
        server.ready()
        yield int(server.admin.rpartition(":")[2])


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The IP of a real runtime that serves the echo example, its admin port where an operator asks for it."""
    folder = tmp_path_factory.mktemp("runtime-at-an-address")
    ip = f"127.{secrets.randbelow(254)}.{secrets.randbelow(254)}.2"
    with RuntimeServer(
        ROOT / "examples" / "echo", f"--host={ip}", "--admin-port=8081", folder=folder
    ) as server:
        server.ready()
        yield ip


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


@pytest_asyncio.fixture
async def fleet(api: Api, plane: ControlPlane, address: str) -> AsyncIterator[Fleet]:
    dry_run = await DryRun.connect(plane.kubeconfig(ADMIN))
    yield Fleet(api, plane, dry_run, address)
    await dry_run.close()


@pytest.fixture
def operator(api: Api, plane: ControlPlane, admin_port: int) -> Iterator[Operating]:
    """The operator, with the permissions of the chart and no other."""
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        yield running
