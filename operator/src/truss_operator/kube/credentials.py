"""Who the operator is to the API server: a kubeconfig, or the service account of its pod.

One reading serves both clients: ours, and kopf's watches (through `Access`, which knows neither library).
"""

import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

TOKEN_SECONDS = 60.0
"""After which a service account's token is read again, as client-go does: the kubelet replaces it well before
it expires."""


class CredentialsError(Exception):
    """There are no credentials, or they cannot be read."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to connect, as plain values."""

    server: str
    ca_path: str | None
    insecure: bool
    authorization: str | None
    """The whole Authorization header."""
    certificate_path: str | None
    private_key_path: str | None
    proxy_url: str | None
    good_for: float | None
    """Seconds after which to ask again; None for credentials that stay."""


class Credentials:
    """Reads the credentials, again and again as they change.

    Args:
        kubeconfig: Path(s) of a kubeconfig, colon-separated. None: the pod's service account; on a desk,
            ``~/.kube/config``.
    """

    def __init__(self, kubeconfig: str | None) -> None:
        self._kubeconfig = kubeconfig

    @property
    def in_cluster(self) -> bool:
        """Whether they are those of the pod that this process runs in."""
        return self._kubeconfig is None and "KUBERNETES_SERVICE_HOST" in os.environ

    async def configuration(self) -> Configuration:
        """The client's configuration, freshly read. In a cluster it goes on refreshing its token by itself.

        Raises:
            CredentialsError: Nothing there, or not readable.
        """
        configuration = Configuration()
        # The workers bound how many calls are under way. A limit here would make some wait for others within
        # their own deadline, the renewal of the lease among them.
        configuration.connection_pool_maxsize = 0
        # The client's loaders carry no types: hence what mypy is told to overlook.
        try:
            if self.in_cluster:
                load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
            else:
                path = self._kubeconfig or str(Path.home() / ".kube" / "config")
                # persist_config would write renewed tokens back to the user's file, and a container's is
                # read-only.
                await load_kube_config(  # type: ignore[no-untyped-call]
                    config_file=path, client_configuration=configuration, persist_config=False
                )
        except (ConfigException, OSError, ValueError, KeyError, TypeError) as error:
            raise CredentialsError(
                f"no access to a cluster: {error}. Set KUBECONFIG (or --kubeconfig), or run in a pod "
                "with a service account."
            ) from error
        if configuration.proxy is None:
            configuration.proxy = _proxy_of_environment(configuration.host)
        return configuration

    async def access(self) -> Access:
        """The same as plain values.

        Raises:
            CredentialsError: As above.
        """
        configuration = await self.configuration()
        return Access(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            insecure=not configuration.verify_ssl,
            authorization=await configuration.get_api_key_with_prefix("BearerToken"),
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
            proxy_url=configuration.proxy,
            good_for=TOKEN_SECONDS if self.in_cluster else None,
        )


def _proxy_of_environment(server: str) -> str | None:
    """What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say of it, in either case of letters."""
    url = urlsplit(server)
    if url.hostname is None or urllib.request.proxy_bypass(url.hostname):
        return None
    return urllib.request.getproxies().get(url.scheme)
