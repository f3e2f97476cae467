"""A node that falls silent: the models on it are told so, and recover with it."""

from collections.abc import Iterator
from functools import partial

import pytest

from cluster import Kubectl, condition, until
from failures import applied, failure_of, trussmodel, warnings_of
from kind import nodes_of, on_node


@pytest.fixture(scope="module")
def node(kubectl: Kubectl) -> Iterator[str]:
    """A worker, of which there must be one; its kubelet runs again afterwards, whatever happens."""
    control_plane, *workers = nodes_of(kubectl)
    assert workers, f"{control_plane} is the only node: the kubelet of a second one is stopped here"
    yield workers[0]
    on_node(workers[0], "systemctl", "start", "kubelet")
    kubectl("wait", f"node/{workers[0]}", "--for=condition=Ready", "--timeout=60s")


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl, node: str) -> Iterator[Kubectl]:
    apart = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "DoNotSchedule",
    }
    anywhere = [{"operator": "Exists"}]
    yield from applied(
        kubectl,
        trussmodel("lost", nodeSelector={"kubernetes.io/hostname": node}),
        trussmodel("half-lost", replicas=2, topologySpreadConstraints=[apart], tolerations=anywhere),
    )


@pytest.mark.alone
@pytest.mark.timeout(240)  # a node is given up after 50 s of silence
def test_node_that_is_lost_is_named_and_recovers(cluster: Kubectl, node: str) -> None:
    cluster.wait("lost", "Ready")
    cluster.wait("half-lost", "Ready")
    on_node(node, "systemctl", "stop", "kubelet")

    failure = failure_of(cluster, "lost", "NodeLost", 120)
    assert "kubectl get nodes" in failure["message"]
    assert condition(cluster.get("trussmodel", "lost"), "Available")["status"] == "False"
    failure_of(cluster, "half-lost", "NodeLost")
    half = cluster.get("trussmodel", "half-lost")
    assert condition(half, "Available")["status"] == "True"
    assert half["status"]["replicasSummary"] == "1/2"
    cluster.apply(trussmodel("shut-out", nodeSelector={"kubernetes.io/hostname": node}))
    assert "untolerated taint" in failure_of(cluster, "shut-out", "Unschedulable")["message"]

    on_node(node, "systemctl", "start", "kubelet")
    for name in ("lost", "half-lost"):
        cluster.wait(name, "Ready")
        assert "lastFailure" not in cluster.get("trussmodel", name)["status"]
        assert until(partial(warnings_of, cluster, name), bool) == ["NodeLost"]
    cluster.wait("shut-out", "Ready")
    cluster("delete", "trussmodel", "shut-out", "--wait=false")
