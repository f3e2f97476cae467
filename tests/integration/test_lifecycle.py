"""Restarts and deletions: the operator keeps nothing of its own and stands in nobody's way."""

import pytest

from api import Api, Hands, Json, until
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating

pytestmark = pytest.mark.asyncio

SPEC: Json = {
    "config": {"size": 1, "none": None, "off": False},
    "env": [{"name": "EMPTY", "value": ""}, {"name": "A", "value": "1"}],
    "envFrom": [{"configMapRef": {"name": "a"}}],
    "secrets": {"token": {"name": "a", "key": "b"}},
    "auth": {"secretName": "keys"},
    "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": 1}},
    "volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}, {"name": "scratch", "emptyDir": {}}],
    "volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}],
    "tolerations": [{"key": "gpu", "operator": "Exists"}],
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    ],
    "probes": {"liveness": {"periodSeconds": 20}},
    "timeouts": {"drainSeconds": 10, "graceSeconds": 120},
    "podTemplate": {"spec": {"containers": [{"name": "proxy", "image": "proxy:1"}], "hostname": "echo"}},
}


async def _versions(api: Api) -> dict[str, str]:
    found = {}
    for plural in ("trussmodels", "deployments", "services", "configmaps"):
        for obj in await api.list(plural):
            found[f"{plural}/{obj['metadata']['name']}"] = obj["metadata"]["resourceVersion"]
    return found


async def test_restarted_operator_changes_nothing(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await hands.serve(**SPEC)
        await operator.at_rest()
    before = await _versions(api)
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await operator.at_rest()
        assert operator.reconciles() > 0
        assert operator.api.all == [], "not even an apply that changes nothing"
        assert operator.dialler.asked == []
    assert await _versions(api) == before


@pytest.mark.parametrize(
    ("plural", "change"),
    [
        ("deployments", {"spec": {"replicas": 5}}),
        ("deployments", {"spec": {"paused": True}}),
        ("deployments", {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 3}}}}),
        ("deployments", {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}),
        ("deployments", {"metadata": {"labels": {"app.kubernetes.io/name": "other"}}}),
        ("deployments", {"metadata": {"labels": {"app.kubernetes.io/name": None}}}),
        ("services", {"spec": {"selector": {"trussmodel.dev/name": "other"}}}),
        ("services", {"spec": {"selector": {"trussmodel.dev/name": None, "a": "b"}}}),
        ("services", {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": 9}]}}),
    ],
)
async def test_field_that_someone_took_while_the_operator_was_away_is_set_back(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, plural: str, change: Json
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await hands.serve(**SPEC)
        await operator.at_rest()
    await api.patch(plural, "echo", change)
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await until(lambda: _wrote(operator, plural), bool)
    after = await api.get(plural, "echo")
    spec = after["spec"]
    if plural == "services":
        assert spec["selector"]["trussmodel.dev/name"] == "echo"
        assert spec["ports"][0]["targetPort"] == "http"
    else:
        assert (spec["replicas"], spec.get("paused", False)) == (1, False)
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
        assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 135
        assert after["metadata"]["labels"]["app.kubernetes.io/name"] == "echo"


async def _wrote(operator: Operating, plural: str) -> bool:
    return any(write.plural == plural for write in operator.api.all)


async def test_change_made_while_the_operator_was_away_is_carried_out(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await hands.serve(**SPEC)
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 2}})
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 2)


async def test_object_carries_no_finalizer_and_no_annotation(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await hands.serve(**SPEC)
        metadata = (await api.get("trussmodels", "echo"))["metadata"]
    assert "finalizers" not in metadata
    assert "annotations" not in metadata


async def test_deletion_needs_no_operator(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await hands.serve(**SPEC)
    await api.delete("trussmodels", "echo")
    assert await api.find("trussmodels", "echo") is None


async def test_deleted_trussmodel_gets_no_child_back(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await hands.serve(**SPEC)
        await api.delete("trussmodels", "echo")
        await api.delete("deployments", "echo")  # as the garbage collector would
        await api.delete("services", "echo")
        await operator.at_rest()
        assert await api.find("deployments", "echo") is None
        assert await api.find("services", "echo") is None


async def test_trussmodel_that_is_being_deleted_is_left_alone(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await hands.serve(**SPEC)
        await api.patch("trussmodels", "echo", {"metadata": {"finalizers": ["example.com/hold"]}})
        await api.delete("trussmodels", "echo")
        await operator.at_rest()
        written = len(operator.api.all)
        await api.delete("services", "echo")
        await operator.at_rest()
        assert operator.api.all[written:] == []
    await api.patch("trussmodels", "echo", {"metadata": {"finalizers": None}})

    async def gone() -> bool:
        return await api.find("trussmodels", "echo") is None

    assert await until(gone, bool)
