"""The calls to the API server that the operator makes, as a protocol.

The controller is written against this; `kube.client` is the one implementation, and tests wrap that one to
count or to hold calls. All calls raise the errors of `kube.errors` and nothing else.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from truss_operator.kube.resource import Resource
from truss_operator.observation import Json


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    items: tuple[dict[str, Any], ...]
    resource_version: str
    """Of the whole list: the moment that it shows. The last page has it; those before may have none."""


class KubeApi(Protocol):
    """The API server."""

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """Reads one object from the store, not from a cache."""
        ...

    def list(
        self, resource: Resource, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Page]:
        """Lists page by page, all pages of one moment; at least one.

        Args:
            resource: What to list.
            namespace: Empty for all.
            label_selector: Empty for everything.
            field_selector: Of the fields that the API server knows for that resource; empty for everything.

        Raises (while iterated):
            Conflict: The list took so long that its moment has been compacted away: begin anew.
        """
        ...

    async def apply(
        self, resource: Resource, manifest: Json, *, force: bool, dry_run: bool = False
    ) -> dict[str, Any]:
        """Server-side apply; the object is created if it is not there.

        Args:
            resource: The type of the manifest.
            manifest: Only the fields that are ours. With ``uid`` and ``resourceVersion`` in its metadata,
                the object must be there and unchanged.
            force: Whether to take fields that another manager owns.
            dry_run: Only checks; nothing is stored.

        Returns:
            The object as it is now.

        Raises:
            Conflict: It is not at that resourceVersion.
            FieldConflict: Without force: others own fields of ours.
            Invalid: The object would not be valid.
        """
        ...

    async def patch_status(
        self, resource: Resource, namespace: str, name: str, patch: Json, resource_version: str
    ) -> dict[str, Any]:
        """Merges `patch` into ``status``, if the object is still at `resource_version`; returns it."""
        ...

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        """Creates an object.

        Raises:
            AlreadyExists: One of that name is there.
        """
        ...

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        """Merges `patch` into the object (RFC 7386): lists are replaced whole.

        Raises:
            Conflict: The patch holds a resourceVersion, and the object is not at it.
            Invalid: The object would not be valid, or the patch has fields that its kind does not have.
        """
        ...

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str
    ) -> None:
        """Deletes the object, if it is still that one at that version."""
        ...
