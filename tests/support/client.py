"""The operator's own client, for tests of its calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from truss_operator.kube.client import KubeClient, Observer
from truss_operator.kube.credentials import Credentials


@asynccontextmanager
async def connected(kubeconfig: Path, observer: Observer = lambda *_: None) -> AsyncIterator[KubeClient]:
    """A client of whoever that kubeconfig is, while the context lasts."""
    client = await KubeClient.connect(Credentials(str(kubeconfig)), observer)
    try:
        yield client
    finally:
        await client.close()
