"""An operator that is started again learns all from the cluster, and writes only what changed meanwhile."""

import pytest

from api import Api, Hands, reason
from controlplane import OPERATOR, ControlPlane
from operating import operating

pytestmark = pytest.mark.asyncio

SPEC = {
    "config": {"threshold": 0.5},
    "env": [
        {"name": "MODE", "value": "fast"},
        {"name": "KEY", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
    ],
    "resources": {"requests": {"cpu": "1000m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
    "nodeSelector": {"kind": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists"}],
    "imagePullSecrets": [{"name": "registry"}],
    "podTemplate": {
        "spec": {
            "containers": [{"name": "sidecar", "image": "registry.example.com/sidecar:1"}],
            "hostAliases": [{"ip": "10.1.1.1", "hostnames": ["a"]}],
        }
    },
}


async def _settled(api: Api, hands: Hands, plane: ControlPlane, admin_port: int) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        await api.model(**SPEC)
        await api.until("deployments", "echo", lambda _: True)
        await hands.roll_out("echo")
        await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
        await running.at_rest()


async def test_restart_among_what_is_settled_writes_nothing(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    await _settled(api, hands, plane, admin_port)
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        await running.at_rest()
        assert running.reconciles() > 0
        assert running.api.all == []


async def test_what_was_changed_meanwhile_is_set_back_and_nothing_else(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    await _settled(api, hands, plane, admin_port)
    await api.patch("services", "echo", {"spec": {"selector": {"trussmodel.dev/name": "other"}}})
    with operating(plane.kubeconfig(OPERATOR), admin_port) as running:
        await api.until("services", "echo", lambda s: s["spec"]["selector"]["trussmodel.dev/name"] == "echo")
        await running.at_rest()
        assert {(write.verb, write.plural) for write in running.api.writes()} == {("apply", "services")}


async def test_label_that_was_removed_meanwhile_comes_back(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    await _settled(api, hands, plane, admin_port)
    label = "app.kubernetes.io/component"
    await api.patch("deployments", "echo", {"metadata": {"labels": {label: None}}})
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.until("deployments", "echo", lambda d: d["metadata"]["labels"].get(label) == "model")
