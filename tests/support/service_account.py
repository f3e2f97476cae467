"""A service account as a pod has it: a token in a file that the kubelet replaces, and that can be revoked."""

from pathlib import Path

import pytest

from api import Api, until
from controlplane import ISSUER, OPERATOR, ControlPlane
from grants import RBAC

NAME = "operator"
_LIFE = 3600


class ServiceAccount:
    """One in the test's namespace, with the operator's permissions; its token lies in `folder`.

    Args:
        api: As an administrator.
        plane: The API server.
        folder: Stands for what the kubelet mounts.
    """

    def __init__(self, api: Api, plane: ControlPlane, folder: Path) -> None:
        self._api = api
        self._plane = plane
        self._folder = folder
        self._tokens: list[str] = []
        self.user = f"system:serviceaccount:{api.namespace}:{NAME}"

    async def create(self) -> None:
        core = f"/api/v1/namespaces/{self._api.namespace}"
        await self._api.call("POST", f"{core}/serviceaccounts", {"metadata": {"name": NAME}})
        subject = {"kind": "ServiceAccount", "name": NAME, "namespace": self._api.namespace}
        binding = {
            "metadata": {"name": f"{OPERATOR}-{self._api.namespace}"},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": OPERATOR},
            "subjects": [subject],
        }
        await self._api.call("POST", f"/apis/{RBAC}/v1/clusterrolebindings", binding)
        (self._folder / "ca.crt").write_bytes(self._plane.ca.read_bytes())
        await self.renew()

    async def renew(self) -> None:
        """A new token, in place of the old one, which stays good."""
        core, secret = f"/api/v1/namespaces/{self._api.namespace}", f"token-{len(self._tokens)}"
        made = await self._api.call("POST", f"{core}/secrets", {"metadata": {"name": secret}})
        bound = {"apiVersion": "v1", "kind": "Secret", "name": secret, "uid": made["metadata"]["uid"]}
        request = {"spec": {"audiences": [ISSUER], "expirationSeconds": _LIFE, "boundObjectRef": bound}}
        answer = await self._api.call("POST", f"{core}/serviceaccounts/{NAME}/token", request)
        self._tokens.append(answer["status"]["token"])
        # The kubelet, too, puts a whole file in place of the other.
        new = self._folder / "new"
        new.write_text(self._tokens[-1])
        new.rename(self._folder / "token")

    async def revoke_first(self) -> None:
        """The token that was issued first is good no more; returns when the API server says so."""
        token = self._tokens[0]
        await self._api.call("DELETE", f"/api/v1/namespaces/{self._api.namespace}/secrets/token-0")

        async def good() -> bool:
            review = {"spec": {"token": token}}
            path = "/apis/authentication.k8s.io/v1/tokenreviews"
            status = (await self._api.call("POST", path, review))["status"]
            return bool(status.get("authenticated"))

        await until(good, lambda answer: not answer, 30)

    def mount(self, patch: pytest.MonkeyPatch, port: int) -> None:
        """Has this process take itself for a pod with that service account, the API server at that port."""
        patch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        patch.setenv("KUBERNETES_SERVICE_PORT", str(port))
        module = "kubernetes.aio.config.incluster_config"
        patch.setattr(f"{module}.SERVICE_TOKEN_FILENAME", str(self._folder / "token"))
        patch.setattr(f"{module}.SERVICE_CERT_FILENAME", str(self._folder / "ca.crt"))
