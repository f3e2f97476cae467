"""How a pod's admin port is reached: at its IP inside the cluster, through the API server from a desk."""

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


class DirectDialler:
    """To the pod's IP. Follows no redirect and uses no proxy: what answers is the pod or nobody.

    Args:
        timeout: Seconds for the whole exchange.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        """See `Dialler.get`."""
        if not pod.ip:
            raise ProbeError(f"pod {pod.name} has no IP")
        url = URL.build(scheme="http", host=pod.ip, port=port, path=path)
        if self._session is None:
            # Each pod is asked once: connections kept open would only be in the way.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True), timeout=self._timeout
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
    """Through the API server's proxy, when pods cannot be reached. Needs ``get`` on ``pods/proxy``."""

    def __init__(self, api: Reader) -> None:
        self._api = api

    async def get(self, pod: PodAddress, port: int, path: str) -> bytes:
        """See `Dialler.get`."""
        proxied = f"{PODS.path(pod.namespace, f'{pod.name}:{port}', 'proxy')}{path}"
        try:
            return await self._api.read(
                proxied, f"get pods/proxy {pod.namespace}/{pod.name}", limit=MAX_BYTES
            )
        except ApiError as error:
            raise ProbeError(f"pod {pod.name} cannot be reached through the API server: {error}") from error
