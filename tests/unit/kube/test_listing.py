"""A list is what the API server says is one. A streamed one is all that comes before its end."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from truss_operator.kube.api import Page
from truss_operator.kube.errors import Conflict, Unavailable
from truss_operator.kube.listing import PAGE_SIZE, page_of, streamed
from truss_operator.kube.resource import PODS

pytestmark = pytest.mark.asyncio


def added(version: int) -> dict[str, Any]:
    return {"type": "ADDED", "object": {"metadata": {"resourceVersion": str(version)}}}


def bookmark(version: int, **annotations: str) -> dict[str, Any]:
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return {"type": "BOOKMARK", "object": {"metadata": metadata}}


END = bookmark(1000, **{"k8s.io/initial-events-end": "true"})


NO_LISTS = [
    pytest.param(b"<html>Sign in first</html>", id="html"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"null", id="null"),
    pytest.param(b'["sign in first"]', id="array"),
    pytest.param(b'{"error": "sign in first"}', id="another-object"),
    pytest.param(b'{"metadata": null, "items": null}', id="nulls"),
    pytest.param(b'{"metadata": {"resourceVersion": "now"}, "items": []}', id="no-moment"),
    pytest.param(b'{"metadata": {"resourceVersion": "1"}, "items": ["pod"]}', id="no-objects"),
]


async def pages(*events: dict[str, Any]) -> list[Page]:
    return await pages_of(*(json.dumps(event).encode() for event in events))


async def pages_of(*texts: bytes) -> list[Page]:
    async def lines() -> AsyncIterator[bytes]:
        for text in texts:
            yield text + b"\n"

    return [page async for page in streamed(lines(), "list pods")]


async def test_stream_is_cut_into_pages_the_last_with_the_moment() -> None:
    found = await pages(*(added(number) for number in range(PAGE_SIZE + 1)), END)
    assert [len(page.items) for page in found] == [PAGE_SIZE, 1]
    assert found[-1].resource_version == "1000"


async def test_list_of_nothing_has_its_moment() -> None:
    assert await pages(END) == [Page((), "1000")]


async def test_bookmark_on_the_way_is_no_end() -> None:
    (page,) = await pages(bookmark(5), added(7), END)
    assert len(page.items) == 1


async def test_stream_without_an_end_is_no_list() -> None:
    with pytest.raises(Unavailable, match="list pods: the stream ended before all was told"):
        await pages(added(1))


async def test_error_in_the_stream_is_raised() -> None:
    status = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}
    with pytest.raises(Conflict, match="list pods: too old"):
        await pages(added(1), {"type": "ERROR", "object": status})


@pytest.mark.parametrize("text", NO_LISTS)
async def test_what_is_no_event_passes(text: bytes) -> None:
    with pytest.raises(Unavailable, match="list pods: the answer is not"):
        await pages_of(json.dumps(added(1)).encode(), text)


@pytest.mark.parametrize("kind", ["ADDED", "BOOKMARK", "ERROR"])
async def test_event_without_an_object_passes(kind: str) -> None:
    with pytest.raises(Unavailable, match="list pods: the answer is not"):
        await pages({"type": kind, "object": None})


@pytest.mark.parametrize("text", NO_LISTS)
async def test_what_is_no_page_passes(text: bytes) -> None:
    with pytest.raises(Unavailable, match="list pods: the answer is not"):
        page_of(PODS, text, "list pods")


async def test_objects_of_a_page_have_their_type() -> None:
    text = b'{"metadata": {"resourceVersion": "7", "continue": "on"}, "items": [{"metadata": {}}]}'
    whole = {"apiVersion": "v1", "kind": "Pod", "metadata": {}}
    assert page_of(PODS, text, "list pods") == (Page((whole,), "7"), "on")
