"""`KubeApi` on the official client's asyncio half.

Its raw ``call_api`` only: the generated, typed APIs cost 100 MiB of memory, and the dynamic client a
discovery cache on disk. What the client is used for is what it knows better than we: kubeconfigs, tokens,
TLS, proxies.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio.client.api_client import ApiClient

from truss_operator import __version__
from truss_operator.kube import listing
from truss_operator.kube.api import Page
from truss_operator.kube.credentials import Credentials, CredentialsError
from truss_operator.kube.document import object_in
from truss_operator.kube.errors import (
    NO_ANSWER,
    Forbidden,
    Invalid,
    Unauthorized,
    Unavailable,
    Untrusted,
    error_from,
)
from truss_operator.kube.resource import Resource
from truss_operator.kube.session import refuse_redirects
from truss_operator.observation import Json

log = logging.getLogger(__name__)

FIELD_MANAGER = "trussmodel-operator"
"""Under this name the API server remembers which fields are ours."""

_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
_STREAM_TIMEOUT = aiohttp.ClientTimeout(sock_read=_TIMEOUT.total, sock_connect=5)

_JSON = "application/json"
_MERGE_PATCH = "application/merge-patch+json"
_APPLY_PATCH = "application/apply-patch+yaml"

Query = Sequence[tuple[str, str]]
Observer = Callable[[str, str], None]
"""Told of every call: the HTTP method, and the status code as text, or `NO_ANSWER`."""
Refused = Callable[[str], None]
"""Told what the API server said with a 403."""


class KubeClient:
    """The one implementation of `truss_operator.kube.api.KubeApi`.

    Args:
        client: Connected with `credentials`.
        credentials: Read anew once when the API server answers 401.
        observe: Called after every call.
        refused: Called when one was forbidden.
    """

    def __init__(
        self,
        client: ApiClient,
        credentials: Credentials,
        observe: Observer,
        refused: Refused = lambda _: None,
    ) -> None:
        self._client = client
        self._credentials = credentials
        self._observe = observe
        self._refused = refused
        self._streams = True
        client.user_agent = f"{FIELD_MANAGER}/{__version__}"

    @classmethod
    async def connect(
        cls, credentials: Credentials, observe: Observer, refused: Refused = lambda _: None
    ) -> "KubeClient":
        """A client with these credentials. Connects at the first call.

        Raises:
            CredentialsError: They cannot be read.
        """
        configuration = await credentials.configuration()
        # Left to itself aiohttp looks for proxies and a netrc at every call, each in another thread: a fifth
        # of what the operator works. The configuration has the proxy, and our token no need of a netrc.
        configuration.client_session_kwargs = {"trust_env": False, "middlewares": (refuse_redirects,)}
        return cls(ApiClient(configuration), credentials, observe, refused)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.close()  # type: ignore[no-untyped-call]  # the client leaves its return type out

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """See `KubeApi.get`."""
        return await self._object("GET", resource, namespace, name)

    async def list(
        self, resource: Resource, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Page]:
        """See `KubeApi.list`. As a stream where the API server has those, which spares it most of the memory.

        Source: Kubernetes documentation, "API Concepts", streaming lists.
        """
        path, call = resource.path(namespace or None), f"list {resource.plural}"
        selectors = (("labelSelector", label_selector), ("fieldSelector", field_selector))
        query = [(parameter, value) for parameter, value in selectors if value]
        if self._streams and not field_selector:
            try:
                async with aclosing(self._lines(path, call, [*query, *listing.STREAM])) as lines:
                    async for page in listing.streamed(lines, call):
                        yield page
            except Invalid:  # of an older one, at once
                log.debug("the API server has no streaming lists")
                self._streams = False
            else:
                return
        token = ""
        while True:
            part = [*query, ("limit", str(listing.PAGE_SIZE)), *([("continue", token)] if token else [])]
            body = await self._call("GET", path, call, query=part)
            page, token = listing.page_of(resource, body, call)
            yield page
            if not token:
                return

    async def apply(
        self, resource: Resource, manifest: Json, *, force: bool, dry_run: bool = False
    ) -> dict[str, Any]:
        """See `KubeApi.apply`."""
        metadata = manifest["metadata"]
        query = [("fieldManager", FIELD_MANAGER), ("force", "true" if force else "false")]
        if dry_run:
            query.append(("dryRun", "All"))
        return await self._object(
            "PATCH",
            resource,
            metadata["namespace"],
            metadata["name"],
            query=query,
            body=manifest,
            content_type=_APPLY_PATCH,
        )

    async def patch_status(
        self, resource: Resource, namespace: str, name: str, patch: Json, resource_version: str
    ) -> dict[str, Any]:
        """See `KubeApi.patch_status`."""
        body = {"metadata": {"resourceVersion": resource_version}, "status": patch}
        query = [("fieldManager", FIELD_MANAGER)]
        return await self._object(
            "PATCH",
            resource,
            namespace,
            name,
            subresource="status",
            query=query,
            body=body,
            content_type=_MERGE_PATCH,
        )

    async def create(self, resource: Resource, manifest: Json) -> dict[str, Any]:
        """See `KubeApi.create`."""
        query = [("fieldManager", FIELD_MANAGER)]
        return await self._object(
            "POST", resource, manifest["metadata"]["namespace"], query=query, body=manifest
        )

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Json) -> dict[str, Any]:
        """See `KubeApi.patch`."""
        query = [("fieldManager", FIELD_MANAGER), ("fieldValidation", "Strict")]
        return await self._object(
            "PATCH", resource, namespace, name, query=query, body=patch, content_type=_MERGE_PATCH
        )

    async def delete(
        self, resource: Resource, namespace: str, name: str, *, uid: str, resource_version: str
    ) -> None:
        """See `KubeApi.delete`."""
        options = {
            "apiVersion": "v1",
            "kind": "DeleteOptions",
            "preconditions": {"uid": uid, "resourceVersion": resource_version},
        }
        await self._object("DELETE", resource, namespace, name, body=options)

    async def read(self, path: str, call: str, *, accept: str = _JSON, limit: int = 4 << 20) -> bytes:
        """GETs a path outside the resources (discovery, a proxied pod). A redirect is an error.

        Args:
            path: Absolute.
            call: What this is, for the error's message.
            accept: Media type.
            limit: Bytes; a longer answer is an error.
        """
        return await self._call("GET", path, call, accept=accept, limit=limit)

    async def _object(
        self,
        method: str,
        resource: Resource,
        namespace: str,
        name: str | None = None,
        *,
        subresource: str | None = None,
        query: Query = (),
        body: Json | None = None,
        content_type: str = _JSON,
    ) -> dict[str, Any]:
        plural = f"{resource.plural}/{subresource}" if subresource else resource.plural
        call = f"{_VERBS[method]} {plural} {namespace}/{name or ''}"
        path = resource.path(namespace, name, subresource)
        answer = await self._call(method, path, call, query=query, body=body, content_type=content_type)
        return object_in(answer, call)

    async def _call(
        self,
        method: str,
        path: str,
        call: str,
        *,
        query: Query = (),
        body: Json | None = None,
        content_type: str = _JSON,
        accept: str = _JSON,
        limit: int | None = None,
    ) -> bytes:
        headers = {"Accept": accept, "Content-Type": content_type}
        if limit is not None:
            headers["Accept-Encoding"] = "identity"
        request = self._request(method, path, call, query=query, body=body, headers=headers, limit=limit)
        with _unavailable(call):
            return await _read(await self._open(request), request)

    async def _lines(self, path: str, call: str, query: Query) -> AsyncGenerator[bytes]:
        request = self._request(
            "GET", path, call, query=query, headers={"Accept": _JSON}, timeout=_STREAM_TIMEOUT
        )
        with _unavailable(call):
            response = await self._open(request)
            async with _held(response):
                async for line in response.content:
                    yield line

    def _request(
        self,
        method: str,
        path: str,
        call: str,
        *,
        headers: Mapping[str, str],
        query: Query = (),
        body: Json | None = None,
        limit: int | None = None,
        timeout: aiohttp.ClientTimeout = _TIMEOUT,
    ) -> "_Request":
        url = self._client.configuration.host + path + ("?" + urlencode(query) if query else "")
        return _Request(method, url, {**headers, **self._client.default_headers}, body, call, limit, timeout)

    async def _open(self, request: "_Request") -> aiohttp.ClientResponse:
        """The answer, its body unread, if it is a good one; asks again once with fresh credentials."""
        try:
            return await self._send(request)
        except Unauthorized:
            try:
                fresh = await self._credentials.configuration()
            except CredentialsError as error:
                raise Unauthorized(f"{request.call}: {error}", status=401) from error
            self._client.configuration.api_key = fresh.api_key
            # In a pod it would put the former token back for as long as that was to last.
            self._client.configuration.refresh_api_key_hook = fresh.refresh_api_key_hook
            return await self._send(request)

    async def _send(self, request: "_Request") -> aiohttp.ClientResponse:
        headers = dict(request.headers)
        code = NO_ANSWER
        try:
            await self._client.update_params_for_auth(
                headers, [], ["BearerToken"], request.url, request.method, request.body
            )
            answer = await self._client.call_api(
                request.method, request.url, headers, request.body, None, request.timeout
            )
            code = str(answer.status)
        finally:
            self._observe(request.method, code)
        response: aiohttp.ClientResponse = answer.response
        if not 200 <= response.status < 300:
            error = error_from(
                response.status, await _read(response, request), response.headers, request.call
            )
            if isinstance(error, Forbidden):
                self._refused(str(error))
            raise error
        return response


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: Json | None
    call: str
    limit: int | None
    timeout: aiohttp.ClientTimeout


@contextmanager
def _unavailable(call: str) -> Iterator[None]:
    """Has what can go wrong on the way told as such."""
    try:
        yield
    except TimeoutError as error:
        raise Unavailable(f"{call}: no answer within {_TIMEOUT.total:.0f} s") from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise Untrusted(f"{call}: {type(error).__name__} {error}") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unavailable(f"{call}: {type(error).__name__} {error}") from error


@asynccontextmanager
async def _held(response: aiohttp.ClientResponse) -> AsyncIterator[None]:
    """Lets an answer go in the end, and hangs up where there is more of it, which nobody wants to read.

    A TLS connection that is closed politely stays until the other side has taken leave too, or for half a
    minute, with nobody who waits for it.
    """
    async with response:
        try:
            yield
        finally:
            connection = response.connection  # None when all has been read
            if connection is not None and connection.transport is not None:
                connection.transport.abort()


async def _read(response: aiohttp.ClientResponse, request: _Request) -> bytes:
    async with _held(response):
        if request.limit is None:
            return await response.read()
        if "Content-Encoding" in response.headers:
            raise Unavailable(f"{request.call}: the answer is packed, which nobody asked for")
        answer = bytearray()
        async for chunk in response.content.iter_any():
            answer += chunk
            if len(answer) > request.limit:
                raise Unavailable(f"{request.call}: the answer is longer than {request.limit} bytes")
        return bytes(answer)


_VERBS = {"GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete"}
