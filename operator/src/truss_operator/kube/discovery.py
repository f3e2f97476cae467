"""Asks the API server whether it serves a resource. Needs no permission: all accounts may discover."""

from typing import Protocol

from truss_operator.kube.document import answered, understood
from truss_operator.kube.errors import NotFound
from truss_operator.kube.resource import Resource


class Reader(Protocol):
    """Of paths of the API server; `truss_operator.kube.client.KubeClient` is one."""

    async def read(self, path: str, call: str) -> bytes:
        """The body of the answer to a GET; raises an `ApiError`."""
        ...


async def serves(api: Reader, resource: Resource) -> bool:
    """Whether the resource is there: built in, or its CustomResourceDefinition installed.

    Raises:
        ApiError: The API server did not say.
    """
    call = f"discover {resource.api_version}"
    try:
        body = await api.read(f"/apis/{resource.api_version}", call)
    except NotFound:
        return False
    document = answered(body, call)
    with understood(body, call):
        return any(entry["name"] == resource.plural for entry in document["resources"])
