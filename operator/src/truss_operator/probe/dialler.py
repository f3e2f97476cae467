"""How a pod's admin port is reached: at its IP inside the cluster, through the API server from a desk."""

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import aiohttp
from yarl import URL

from truss_operator.kube.errors import ApiError
from truss_operator.kube.resource import PODS
from truss_operator.observation import Json
from truss_operator.probe.errors import ProbeError

MAX_BYTES = 256 * 1024
"""More than this is no account of routes."""

_OF_CLOUDS = tuple(map(ipaddress.ip_network, ("fd00:ec2::/32", "100.100.100.200/32", "168.63.129.16/32")))
"""What clouds keep for metadata and services of a machine outside of the link-local range: AWS's in IPv6,
Alibaba Cloud's, Azure's. Google's, and theirs in IPv4 else, are link-local."""


@dataclass(frozen=True, slots=True)
class PodAddress:
    """Where a pod is."""

    namespace: str
    name: str
    ip: str

    @classmethod
    def of(cls, pod: Json) -> "PodAddress":
        """The address of a pod; the IP is empty while it has none."""
        metadata = pod["metadata"]
        return cls(metadata["namespace"], metadata["name"], pod["status"].get("podIP") or "")


class Dialler(Protocol):
    """A way to a pod's port."""

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        """The body of an answer 200 to a GET; not more than `MAX_BYTES`, from that pod and no other.

        Raises:
            ProbeError: There is no such answer.
        """
        ...


def may_be_a_pods(ip: str) -> bool:
    """Whether a pod may have that address: none of loopback, link-local, multicast, unspecified, clouds' own.

    Whoever may patch ``pods/status`` writes it, and this process reaches more than they do: its own loopback,
    the cloud's metadata. The rule is that of the API server's own proxy (IsProxyableIP in pkg/proxy/util),
    and the metadata addresses that it lets pass.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return not (
        address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address == ipaddress.ip_address("255.255.255.255")
        or any(address in network for network in _OF_CLOUDS)
    )


class DirectDialler:
    """To the pod's IP. Follows no redirect, uses no proxy, keeps no cookie: it is the pod or nobody.

    Args:
        timeout: Seconds for the whole exchange, however slowly the answer drips.
        allowed: Which addresses are dialled at all.
    """

    def __init__(self, timeout: float, allowed: Callable[[str], bool] = may_be_a_pods) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._allowed = allowed
        self._session: aiohttp.ClientSession | None = None

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        """See `Dialler.get`."""
        if not pod.ip:
            raise ProbeError(f"pod {pod.name} has no IP")
        if not self._allowed(pod.ip):
            raise ProbeError(f"pod {pod.name} has {pod.ip}, which is no address of a pod: it is not dialled")
        url = URL.build(scheme="http", host=pod.ip, port=port, path=path)
        if self._session is None:
            # Each pod is asked once: connections kept open would only be in the way. The slots bound how
            # many are asked; to wait here for one another would be within the deadline.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, force_close=True),
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                # Nothing is unpacked: of an answer the size counts that it has on the wire.
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
            )
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                return await _body(response, pod, path)
        except TimeoutError as error:
            raise ProbeError(
                f"pod {pod.name} does not answer at {url} within {self._timeout.total:g} s: "
                "is it a network policy, or is the model's code holding the interpreter?"
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProbeError(f"pod {pod.name} cannot be reached at {url}: {error}") from error

    async def close(self) -> None:
        """Closes what is open."""
        if self._session is not None:
            await self._session.close()


async def _body(response: aiohttp.ClientResponse, pod: PodAddress, path: str) -> bytes:
    if response.status != 200:
        raise ProbeError(f"pod {pod.name} answers GET {path} with HTTP {response.status}")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProbeError(f"pod {pod.name} answers GET {path} with more than {MAX_BYTES} bytes")
    return bytes(body)


class Reader(Protocol):
    """Of paths of the API server; `truss_operator.kube.client.KubeClient` is one."""

    async def read(self, path: str, call: str, *, limit: int) -> bytes:
        """The body of an answer to a GET, of at most `limit` bytes; raises an `ApiError`."""
        ...


class ApiServerDialler:
    """Through the API server's proxy, when pods cannot be reached. Needs ``get`` on ``pods/proxy``.

    Args:
        api: The API server.
        timeout: As of the `DirectDialler`.
    """

    def __init__(self, api: Reader, timeout: float) -> None:
        self._api = api
        self._timeout = timeout

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        """See `Dialler.get`."""
        proxied = f"{PODS.path(pod.namespace, f'{pod.name}:{port}', 'proxy')}{path}"
        try:
            async with asyncio.timeout(self._timeout):
                return await self._api.read(
                    proxied, f"get pods/proxy {pod.namespace}/{pod.name}", limit=MAX_BYTES
                )
        except TimeoutError as error:
            raise ProbeError(
                f"pod {pod.name} does not answer through the API server within {self._timeout:g} s"
            ) from error
        except ApiError as error:
            raise ProbeError(
                f"pod {pod.name} cannot be reached through the API server: {error}",
                retry_after=error.retry_after or 0.0,
            ) from error
