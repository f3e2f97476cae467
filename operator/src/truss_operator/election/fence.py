"""Keeps a process that no longer leads from writing, whatever it was about to do.

The last look at the clock before a call goes out. A process that was paused between that look and the call is
stopped by the API server: what it sends carries the resourceVersion that it last saw.
"""

from collections.abc import Callable
from typing import Any

from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import ApiError
from truss_operator.kube.passing import PassingApi
from truss_operator.kube.resource import Resource
from truss_operator.observation import Json


class NotLeading(ApiError):  # noqa: N818  # named as the API's reasons are
    """The call was not made: another process may be leading by now."""


class FencedApi(PassingApi):
    """`KubeApi` that passes writes on only while `leads` says so.

    Args:
        api: The API server.
        leads: Whether this process may write at this moment.
    """

    def __init__(self, api: KubeApi, leads: Callable[[], bool]) -> None:
        super().__init__(api)
        self._leads = leads

    async def apply(
        self, resource: Resource, manifest: Json, *, force: bool, dry_run: bool = False
    ) -> dict[str, Any]:
        """See `KubeApi.apply`."""
        self._check()
        return await super().apply(resource, manifest, force=force, dry_run=dry_run)

    async def patch_status(
        self, resource: Resource, namespace: str, name: str, patch: Json, resource_version: str
    ) -> dict[str, Any]:
        """See `KubeApi.patch_status`."""
        self._check()
        return await super().patch_status(resource, namespace, name, patch, resource_version)

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        """See `KubeApi.create`."""
        self._check()
        return await super().create(resource, manifest)

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        """See `KubeApi.patch`."""
        self._check()
        return await super().patch(resource, namespace, name, patch)

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str
    ) -> None:
        """See `KubeApi.delete`."""
        self._check()
        await super().delete(resource, namespace, name, uid=uid, resource_version=resource_version)

    def _check(self) -> None:
        if not self._leads():
            raise NotLeading("not written: this process does not hold the lease any longer")
