"""What spec refers to and is not there: named, and found when it comes."""

from collections.abc import Iterator

import pytest

from cluster import Kubectl
from failures import applied, failure_of, trussmodel, warnings_of


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    kubectl("create", "secret", "generic", "keyless", "--from-literal=other=1")
    pull = [{"name": "no-pull-secret"}]
    yield from applied(
        kubectl,
        trussmodel("no-secret", secrets={"hub": {"name": "no-secret", "key": "token"}}),
        trussmodel("no-key", secrets={"hub": {"name": "keyless", "key": "token"}}),
        trussmodel("no-config-map", envFrom=[{"configMapRef": {"name": "no-config-map"}}]),
        trussmodel("no-account", serviceAccountName="no-account"),
        trussmodel(
            "no-claim", volumes=[{"name": "weights", "persistentVolumeClaim": {"claimName": "weights"}}]
        ),
        trussmodel("no-pull-secret", image="trussmodel/absent:0.0.0", imagePullSecrets=pull),
    )


def test_config_map_that_is_missing_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-config-map", "ConfigMissing")

    assert 'configmap "no-config-map" not found' in failure["message"]


def test_key_that_a_secret_lacks_is_named(cluster: Kubectl) -> None:
    assert "non-existent secret key: token" in failure_of(cluster, "no-key", "ConfigMissing")["message"]


def test_claim_that_is_missing_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-claim", "ConfigMissing")

    assert 'persistentvolumeclaim "weights" not found' in failure["message"]


def test_service_account_that_is_missing_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-account", "ConfigMissing")

    assert 'serviceaccount "no-account" not found' in failure["message"]


def test_pull_secret_that_is_missing_is_named_and_not_the_registry(cluster: Kubectl) -> None:
    assert "(no-pull-secret)" in failure_of(cluster, "no-pull-secret", "ConfigMissing")["message"]


def test_secret_that_comes_later_lets_the_model_serve(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-secret", "ConfigMissing")
    assert 'secret "no-secret" not found' in failure["message"]

    cluster("create", "secret", "generic", "no-secret", "--from-literal=token=1")
    cluster("delete", "pods", "--selector", "trussmodel.dev/name=no-secret", "--wait=false")

    cluster.wait("no-secret", "Ready")
    assert "lastFailure" not in cluster.get("trussmodel", "no-secret")["status"]
    assert warnings_of(cluster, "no-secret") == ["ConfigMissing"]
