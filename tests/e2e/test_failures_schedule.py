"""Pods that get no place: each told in the words of the scheduler, of admission or of the kubelet."""

import secrets
from collections.abc import Iterator

import pytest

from cluster import Kubectl
from failures import applied, failure_of, trussmodel


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    disk = {"limits": {"ephemeral-storage": "4Mi"}}
    yield from applied(
        kubectl,
        trussmodel("evicted", env={"LAB_FAIL": "disk"}, resources=disk),
        trussmodel("too-large", resources={"requests": {"cpu": "1000"}}),
        trussmodel("no-such-node", nodeSelector={"trussmodel.dev/absent": "yes"}),
    )


@pytest.fixture(scope="module")
def strict() -> Iterator[Kubectl]:
    """A namespace that lets in no pod for its number, and none for its size."""
    cluster = Kubectl(f"e2e-strict-{secrets.token_hex(3)}")
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": cluster.namespace}})
    limits = [{"type": "Container", "max": {"memory": "64Mi"}, "default": {"memory": "64Mi"}}]
    cluster.apply(
        {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}
    )
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "none"},
            "spec": {"hard": {"pods": "0"}},
        }
    )
    cluster.apply(trussmodel("over-quota"))
    cluster.apply(trussmodel("over-limit", resources={"limits": {"memory": "1Gi"}}))
    yield cluster
    cluster("delete", "namespace", cluster.namespace, "--wait=false")


def test_resources_that_no_node_has_are_named(cluster: Kubectl) -> None:
    assert "Insufficient cpu" in failure_of(cluster, "too-large", "Unschedulable")["message"]


def test_node_selector_that_no_node_matches_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-such-node", "Unschedulable")

    assert "node affinity/selector" in failure["message"]


def test_quota_that_refuses_the_pods_is_named(strict: Kubectl) -> None:
    assert "exceeded quota: none" in failure_of(strict, "over-quota", "PodRefused")["message"]


def test_limit_range_that_refuses_the_pods_is_named(strict: Kubectl) -> None:
    failure = failure_of(strict, "over-limit", "PodRefused")

    assert "maximum memory usage per Container is 64Mi" in failure["message"]


def test_quota_that_is_raised_lets_the_model_serve(strict: Kubectl) -> None:
    failure_of(strict, "over-quota", "PodRefused")

    strict("delete", "resourcequota", "none")
    strict("rollout", "restart", "deployment/over-quota")

    strict.wait("over-quota", "Ready")
    assert "lastFailure" not in strict.get("trussmodel", "over-quota")["status"]


@pytest.mark.timeout(150)  # the kubelet looks at disks once a minute
def test_pod_that_fills_the_node_s_disk_is_evicted_and_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "evicted", "Evicted", 120)

    assert "ephemeral-storage" in failure["message"]
