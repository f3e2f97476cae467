"""A `KubeApi` that passes every call on as it is: what steps in at some of them builds on it."""

from collections.abc import AsyncIterator
from typing import Any

from truss_operator.kube.api import KubeApi, Page
from truss_operator.kube.resource import Resource
from truss_operator.observation import Json


class PassingApi:
    """Passes on to `api`; each call is as `KubeApi` says."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """See `KubeApi.get`."""
        return await self._api.get(resource, namespace, name)

    def list(
        self, resource: Resource, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Page]:
        """See `KubeApi.list`."""
        return self._api.list(
            resource, namespace=namespace, label_selector=label_selector, field_selector=field_selector
        )

    async def apply(
        self, resource: Resource, manifest: Json, *, force: bool, dry_run: bool = False
    ) -> dict[str, Any]:
        """See `KubeApi.apply`."""
        return await self._api.apply(resource, manifest, force=force, dry_run=dry_run)

    async def patch_status(
        self, resource: Resource, namespace: str, name: str, patch: Json, resource_version: str
    ) -> dict[str, Any]:
        """See `KubeApi.patch_status`."""
        return await self._api.patch_status(resource, namespace, name, patch, resource_version)

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        """See `KubeApi.create`."""
        return await self._api.create(resource, manifest)

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        """See `KubeApi.patch`."""
        return await self._api.patch(resource, namespace, name, patch)

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str
    ) -> None:
        """See `KubeApi.delete`."""
        await self._api.delete(resource, namespace, name, uid=uid, resource_version=resource_version)
