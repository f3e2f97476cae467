"""A streamed list is all that comes before its end, and no list without one."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from truss_operator.kube.api import Page
from truss_operator.kube.errors import Conflict, Unavailable
from truss_operator.kube.listing import PAGE_SIZE, streamed

pytestmark = pytest.mark.asyncio


def added(version: int) -> dict[str, Any]:
    return {"type": "ADDED", "object": {"metadata": {"resourceVersion": str(version)}}}


def bookmark(version: int, **annotations: str) -> dict[str, Any]:
    metadata = {"resourceVersion": str(version), "annotations": annotations}
    return {"type": "BOOKMARK", "object": {"metadata": metadata}}


END = bookmark(1000, **{"k8s.io/initial-events-end": "true"})


async def pages(*events: dict[str, Any]) -> list[Page]:
    async def lines() -> AsyncIterator[bytes]:
        for event in events:
            yield json.dumps(event).encode() + b"\n"

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
