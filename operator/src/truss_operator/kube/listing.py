"""The two forms in which the API server lists: pages, and a stream of all objects that ends with a bookmark.

Read here, asked for by `kube.client`.
"""

from collections.abc import AsyncIterator
from typing import Any

from truss_operator.kube.api import Page
from truss_operator.kube.document import dumps, loads
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
_END = "k8s.io/initial-events-end"


def page_of(resource: Resource, body: bytes) -> tuple[Page, str]:
    """A page, and the token with which to ask for the next; empty after the last."""
    document = loads(body)
    metadata = document["metadata"]
    # Objects in a list come without their type, which every other answer has.
    kind = {"apiVersion": resource.api_version, "kind": resource.kind}
    page = Page(tuple({**kind, **item} for item in document["items"]), metadata["resourceVersion"])
    return page, metadata.get("continue", "")


async def streamed(lines: AsyncIterator[bytes], call: str) -> AsyncIterator[Page]:
    """The pages that a stream makes.

    Args:
        lines: One event each.
        call: What this is, for an error's message.

    Raises:
        ApiError: The stream says so.
        Unavailable: It ended before its end.
    """
    items: list[dict[str, Any]] = []
    async for line in lines:
        event = loads(line)
        obj = event["object"]
        if event["type"] == "ERROR":
            raise error_from(obj.get("code", 500), dumps(obj), {}, call)
        if event["type"] == "BOOKMARK":
            if (obj["metadata"].get("annotations") or {}).get(_END) == "true":
                yield Page(tuple(items), obj["metadata"]["resourceVersion"])
                return
            continue
        if event["type"] != "DELETED":
            items.append(obj)
        if len(items) >= PAGE_SIZE:
            yield Page(tuple(items), "")
            items = []
    raise Unavailable(f"{call}: the stream ended before all was told")
