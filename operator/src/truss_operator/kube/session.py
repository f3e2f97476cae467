"""The HTTP session that the watches run on: ours, so that every request they make is seen.

The watches are kopf's, which tells nothing of what goes on below its handlers. How often a watch was begun
anew, and whether one still runs at all, shows in its requests.
"""

import ssl
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

from truss_operator import __version__
from truss_operator.kube.bearer import Bearer
from truss_operator.kube.credentials import Access
from truss_operator.kube.document import loads

_REDIRECTS = (301, 302, 303, 307, 308)

Requested = Callable[[URL], None]
"""Told of a request that begins."""
Answered = Callable[[str, URL, int | None], None]
"""Told how one was answered: its method, its address, and the status code; None when there was no answer."""


def session_of(
    access: Access,
    read: Callable[[], Awaitable[Access]],
    requested: Requested,
    answered: Answered,
    *middlewares: aiohttp.ClientMiddlewareType,
) -> aiohttp.ClientSession:
    """A session with those credentials, for whoever closes it.

    Args:
        access: Server and credentials.
        read: Reads them anew.
        requested: See `Requested`.
        answered: See `Answered`.
        middlewares: What every request goes through.
    """
    trace = aiohttp.TraceConfig()

    async def begin(_: object, __: SimpleNamespace, params: aiohttp.TraceRequestStartParams) -> None:
        requested(params.url)

    async def end(_: object, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        answered(params.method, params.url, params.response.status)

    async def fail(_: object, __: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams) -> None:
        answered(params.method, params.url, None)

    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=_tls(access)),
        headers={"User-Agent": f"trussmodel-operator/{__version__} (watches)"},
        proxy=access.proxy_url,
        response_class=_Response,
        middlewares=(Bearer(access, read, answered), refuse_redirects, *middlewares),
        trace_configs=[trace],
    )


async def refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """An API server redirects nobody: what does is a pod behind its proxy, and leads elsewhere.

    Raises:
        ClientError: It is a redirect.
    """
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.ClientError(f"answered with a redirect (HTTP {response.status}), which is not followed")
    return response


class _Response(aiohttp.ClientResponse):
    """A list: of any depth, as the events of a watch are (`truss_operator.controller.watches`)."""

    async def json(self, **options: Any) -> Any:
        return await super().json(**{"loads": loads, **options})


def _tls(access: Access) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=access.ca_path)
    if access.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if access.certificate_path is not None:
        context.load_cert_chain(access.certificate_path, access.private_key_path)
    return context
