"""The API server as a busy client talks to it: many calls at once, and watches that end with the client."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

Json = dict[str, Any]

TRUSSMODELS = "/apis/trussmodel.dev/v1alpha1"
APPS = "/apis/apps/v1"
CORE = "/api/v1"
MERGE = "application/merge-patch+json"


class RefusedError(Exception):
    """The API server said no."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"HTTP {status}: {message[:300]}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Server:
    """Calls of one user."""

    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Json | None = None, kind: str = "") -> Json:
        """One call, again when the API server is too busy."""
        data = None if body is None else json.dumps(body)
        headers = {"Content-Type": kind or "application/json"}
        while True:
            async with self.http.request(method, path, data=data, headers=headers) as answer:
                text = await answer.text()
                if answer.status == 429:
                    await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
                    continue
                if not answer.ok:
                    raise RefusedError(answer.status, text)
                found: Json = json.loads(text)
                return found

    async def watch(self, path: str, plural: str, selector: str = "") -> AsyncIterator[tuple[str, Json]]:
        """All objects, then what becomes of them, as (type, object); type is LISTED once in between."""
        query = {"limit": "500", **({"labelSelector": selector} if selector else {})}
        while True:
            page = await self._list(f"{path}/{plural}", query)
            for item in page["items"]:
                yield "ADDED", item
            version = page["metadata"]["resourceVersion"]
            token = page["metadata"].get("continue")
            if not token:
                break
            query["continue"] = token
        query.pop("continue", None)
        query.pop("limit")
        yield "LISTED", {}
        while True:
            asked = {**query, "watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
            async with self.http.get(f"{path}/{plural}", params=asked) as answer:
                answer.raise_for_status()
                async for event in _lines(answer):
                    if event["type"] == "ERROR":
                        raise RefusedError(event["object"].get("code", 0), str(event["object"]))
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        yield event["type"], event["object"]

    async def _list(self, path: str, query: dict[str, str]) -> Json:
        async with self.http.get(path, params=query) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[Json]:
    buffer = bytearray()
    async for chunk in answer.content.iter_any():
        buffer += chunk
        *lines, rest = buffer.split(b"\n")
        for line in lines:
            if line:
                yield json.loads(line)
        buffer = bytearray(rest)


@asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[Server]:
    """Connects as the user of a kubeconfig that holds a token."""
    document = json.loads(kubeconfig.read_text())  # noqa: ASYNC240  # once, before anything else runs
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    context = ssl.create_default_context(cafile=cluster["certificate-authority"])
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    async with aiohttp.ClientSession(
        cluster["server"],
        connector=aiohttp.TCPConnector(ssl=context, limit=0),
        headers={"Authorization": f"Bearer {user['token']}"},
        timeout=timeout,
    ) as http:
        yield Server(http)
