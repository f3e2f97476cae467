"""Pods that get no place: each told in the words of the scheduler, of admission or of the kubelet."""

from collections.abc import Iterator

import pytest

from cluster import Kubectl
from failures import applied, failure_of, namespace, trussmodel

ESCALATES = {"name": "model", "securityContext": {"allowPrivilegeEscalation": True}}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    disk = {"limits": {"ephemeral-storage": "4Mi"}}
    yield from applied(
        kubectl,
        trussmodel("evicted", env={"LAB_FAIL": "disk"}, resources=disk),
        trussmodel("too-large", resources={"requests": {"cpu": "1000"}}),
        trussmodel("escalating", podTemplate={"spec": {"containers": [ESCALATES]}}),
        trussmodel("no-such-node", nodeSelector={"trussmodel.dev/absent": "yes"}),
    )


@pytest.fixture(scope="module")
def strict() -> Iterator[Kubectl]:
    """A namespace that lets in no pod for its number, and none for its size."""
    with namespace("strict") as cluster:
        limits = [{"type": "Container", "max": {"memory": "64Mi"}, "default": {"memory": "64Mi"}}]
        small = {"kind": "LimitRange", "metadata": {"name": "small"}, "spec": {"limits": limits}}
        none = {"kind": "ResourceQuota", "metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
        for limit in (small, none):
            cluster.apply({"apiVersion": "v1", **limit})
        cluster.apply(trussmodel("over-quota"))
        cluster.apply(trussmodel("over-limit", resources={"limits": {"memory": "1Gi"}}))
        yield cluster


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


def test_pod_security_that_refuses_the_pods_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "escalating", "PodRefused")

    assert 'violates PodSecurity "restricted:latest"' in failure["message"]
    assert "allowPrivilegeEscalation" in failure["message"]


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
