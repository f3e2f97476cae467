"""A real etcd and a real kube-apiserver on loopback: the API without nodes, pods or controllers."""

import json
import os
import secrets
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from line import Line, line
from ports import free_port
from server_process import ServerProcess

ROOT = Path(__file__).parents[2]
ADMIN = "admin"
OPERATOR = "trussmodel-operator"
"""A user with no right but what the tests grant."""
CONFINED = "confined-operator"
"""Another one, for rights in single namespaces."""

AUDIT_LOG = "audit.log"
"""In the control plane's directory: one JSON object for each call that the operator made."""
ISSUER = "https://kubernetes.default.svc"
"""Of service accounts' tokens."""

CRD_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/trussmodels.trussmodel.dev"

_CRD = ROOT / "deploy" / "crds" / "trussmodels.trussmodel.dev.yaml"


@dataclass(frozen=True)
class ControlPlane:
    """Where it answers, and with which tokens."""

    directory: Path
    url: str
    ca: Path
    tokens: dict[str, str]
    server: ServerProcess
    """The API server, which a test may end and start again."""
    store: str
    """URL of etcd's own API."""
    etcd: ServerProcess
    """The store, its data in the folder `etcd` of the directory."""
    way: Line | None
    """The API server's way to etcd, where a test makes it long."""

    def client(self) -> httpx2.Client:
        """An administrator's client, for what is done once."""
        return httpx2.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self.ca),
            headers={"Authorization": f"Bearer {self.tokens[ADMIN]}"},
            timeout=30,
        )

    def kubeconfig(self, user: str, *, server: str | None = None, token: str = "") -> Path:
        """A kubeconfig of that user, or of whoever has that token; `server` puts something in between."""
        cluster: dict[str, Any] = {"server": server or self.url}
        if server is None:
            cluster["certificate-authority"] = str(self.ca)
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": token or self.tokens[user]}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path = self.directory / f"kubeconfig-{user}-{secrets.token_hex(4)}"
        path.write_text(json.dumps(document))
        return path


@contextmanager
def control_plane(directory: Path, *, with_way: bool = False) -> Iterator[ControlPlane]:
    """Runs both while the context lasts; their logs are in `directory`.

    Args:
        directory: Empty.
        with_way: Whether there is a `way` between them, whose length can be set.

    Raises:
        AssertionError: The binaries are missing, or the API server does not come up; with the end of its log.
    """
    etcd, apiserver = _binary("etcd"), _binary("kube-apiserver")
    client_port, peer_port, port = free_port(), free_port(), free_port()
    tokens = {user: secrets.token_hex(16) for user in (ADMIN, OPERATOR, CONFINED)}
    groups = {ADMIN: '"system:masters"', OPERATOR: '""', CONFINED: '""'}
    lines = [f"{token},{user},{user},{groups[user]}" for user, token in tokens.items()]
    (directory / "tokens").write_text("\n".join(lines) + "\n")
    _make_key(directory / "sa.key")
    store = ServerProcess(
        directory / "etcd.log",
        etcd,
        f"--data-dir={directory / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls=http://127.0.0.1:{client_port}",
        f"--advertise-client-urls=http://127.0.0.1:{client_port}",
        f"--listen-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer_port}",
        f"--initial-cluster=default=http://127.0.0.1:{peer_port}",
    )
    # Entered last, left first: without its store an API server takes long to end.
    with _running(store), line(client_port) if with_way else nullcontext() as way:
        store_port = client_port if way is None else way.port
        server = ServerProcess(
            directory / "apiserver.log",
            apiserver,
            f"--etcd-servers=http://127.0.0.1:{store_port}",
            f"--cert-dir={directory / 'tls'}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-key-file={directory / 'sa.key'}",
            f"--service-account-signing-key-file={directory / 'sa.key'}",
            f"--token-auth-file={directory / 'tokens'}",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",  # as clusters are: what forbids it is Pod Security
            "--disable-admission-plugins=ServiceAccount",
            f"--audit-policy-file={_write_audit_policy(directory)}",
            f"--audit-log-path={directory / AUDIT_LOG}",
        )
        with _running(server):
            plane = ControlPlane(
                directory=directory,
                url=f"https://127.0.0.1:{port}",
                ca=directory / "tls" / "apiserver.crt",
                tokens=tokens,
                server=server,
                store=f"http://127.0.0.1:{client_port}",
                etcd=store,
                way=way,
            )
            await_ready(plane)
            yield plane


def install_crd(plane: ControlPlane) -> None:
    """Installs the CustomResourceDefinition and returns when its objects can be listed."""
    with plane.client() as client:
        client.post(CRD_PATH.rpartition("/")[0], json=yaml.safe_load(_CRD.read_text())).raise_for_status()
        deadline = time.monotonic() + 20
        while not client.get("/apis/trussmodel.dev/v1alpha1/trussmodels").is_success:
            assert time.monotonic() < deadline, "the TrussModel resource is not served"
            time.sleep(0.05)


def _binary(name: str) -> str:
    folder = os.environ.get("KUBEBUILDER_ASSETS")
    assert folder, "KUBEBUILDER_ASSETS is not set: run the tests with `make integration`, which provides it"
    found = shutil.which(name, path=folder)
    assert found, f"no {name} in KUBEBUILDER_ASSETS={folder}: run `make integration`"
    return found


def _write_audit_policy(directory: Path) -> Path:
    rules = [
        {"level": "Metadata", "users": [OPERATOR]},
        {"level": "Metadata", "userGroups": ["system:serviceaccounts"]},
        {"level": "None"},
    ]
    policy = {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": rules,
    }
    path = directory / "audit-policy.yaml"
    path.write_text(json.dumps(policy))
    return path


def _make_key(path: Path) -> None:
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)


@contextmanager
def _running(process: ServerProcess) -> Iterator[None]:
    process.start()
    try:
        yield
    finally:
        process.stop()


def await_ready(plane: ControlPlane) -> None:
    """Returns when the API server answers.

    Raises:
        AssertionError: It does not, for a minute; with the end of its log.
    """
    deadline = time.monotonic() + 60
    last: object = "nothing tried"
    while time.monotonic() < deadline:
        plane.server.require_alive()
        try:
            with plane.client() as client:
                answer = client.get("/readyz")
            if answer.is_success:
                return
            last = answer.text
        except (OSError, httpx2.TransportError) as error:
            last = error
        time.sleep(0.1)
    raise AssertionError(f"no API server in 60 s: {last}\n{plane.server.tail()}")
