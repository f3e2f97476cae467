"""The two forms in which the API server lists: pages, and a stream of all objects that ends with a bookmark.

Read here, asked for by `kube.client`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from truss_operator.kube.api import Page
from truss_operator.kube.document import answered, dumps, understood
from truss_operator.kube.errors import Unavailable, error_from
from truss_operator.kube.resource import Resource

PAGE_SIZE = 100
"""Objects. Parsed, a page takes many times what it takes on the wire, and memory peaks with it."""

STREAM = (
    ("watch", "true"),
    ("sendInitialEvents", "true"),
    ("resourceVersionMatch", "NotOlderThan"),
    ("allowWatchBookmarks", "true"),
)
"""Query for a stream. Source: Kubernetes documentation, "API Concepts", streaming lists (KEP-3157)."""
_ALL_TOLD = "k8s.io/initial-events-end"


def page_of(resource: Resource, body: bytes, call: str) -> tuple[Page, str]:
    """A page, and the token with which to ask for the next; empty after the last.

    Args:
        resource: What is listed.
        body: The answer.
        call: What this is, for an error's message.

    Raises:
        Unavailable: It is no page of a list.
    """
    document = answered(body, call)
    # Objects in a list come without their type, which every other answer has.
    kind = {"apiVersion": resource.api_version, "kind": resource.kind}
    with understood(body, call):
        metadata = document["metadata"]
        page = Page(tuple({**kind, **item} for item in document["items"]), _moment(metadata))
        return page, metadata.get("continue", "")


async def streamed(lines: AsyncIterator[bytes], call: str) -> AsyncIterator[Page]:
    """The pages that a stream makes.

    Args:
        lines: One event each.
        call: What this is, for an error's message.

    Raises:
        ApiError: The stream says so.
        Unavailable: It ended before its end, or holds what is no event.
    """
    items: list[dict[str, Any]] = []
    async for line in lines:
        event = answered(line, call)
        with understood(line, call):
            kind, obj = event["type"], event["object"]
            if kind == "ERROR":
                raise error_from(obj.get("code", 500), dumps(obj), {}, call)
            end = _end(kind, obj["metadata"])
        if end is not None:
            yield Page(tuple(items), end)
            return
        if kind in ("ADDED", "MODIFIED"):
            items.append(obj)
        if len(items) >= PAGE_SIZE:
            yield Page(tuple(items), "")
            items = []
    raise Unavailable(f"{call}: the stream ended before all was told")


def _end(kind: str, metadata: Mapping[str, Any]) -> str | None:
    """The moment that the list shows, if this event says that all of it has been told."""
    if kind != "BOOKMARK" or (metadata.get("annotations") or {}).get(_ALL_TOLD) != "true":
        return None
    return _moment(metadata)


def _moment(metadata: Mapping[str, Any]) -> str:
    """The resourceVersion of a list, which is a number: by it what is older is told from what is newer."""
    return str(int(metadata["resourceVersion"]))
