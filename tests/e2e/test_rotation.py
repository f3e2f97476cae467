"""Secrets that change reach the running model without a restart: the keys of its callers, and its own."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from cluster import Json, Kubectl, until
from failures import applied, failure_of, pods_of, trussmodel, warnings_of


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    for name, value in (("rotated-keys", "first"), ("rotated-token", "old")):
        kubectl("create", "secret", "generic", name, f"--from-literal=value={value}")
    yield from applied(
        kubectl,
        trussmodel("keyed", auth={"secretName": "rotated-keys"}),
        trussmodel("keyless-caller", auth={"secretName": "no-such-keys"}),
        trussmodel("tokened", secrets={"hub": {"name": "rotated-token", "key": "value"}}),
    )


def rotate(cluster: Kubectl, name: str, secret: str, value: str) -> None:
    """Changes the Secret; the annotation makes the kubelet look at the pod now and not within its minute."""
    cluster("patch", "secret", secret, "--patch", json.dumps({"stringData": {"value": value}}))
    (pod,) = pods_of(cluster, name)
    cluster("annotate", "pod", pod["metadata"]["name"], f"example.com/rotated={value}", "--overwrite")


def started(cluster: Kubectl, name: str) -> list[Json]:
    return [pod["status"]["containerStatuses"][0]["state"]["running"] for pod in pods_of(cluster, name)]


def test_key_that_is_rotated_is_accepted_and_the_old_one_refused(cluster: Kubectl) -> None:
    cluster.wait("keyed", "Ready")
    before = started(cluster, "keyed")
    with cluster.port_forward("service/keyed") as base:

        def code(key: str) -> int:
            return httpx2.get(f"{base}/v1/models", headers={"Authorization": f"Bearer {key}"}).status_code

        assert (code("first"), code("second")) == (200, 401)
        rotate(cluster, "keyed", "rotated-keys", "second")

        until(lambda: (code("first"), code("second")), lambda codes: codes == (401, 200), 100)
    assert started(cluster, "keyed") == before
    assert warnings_of(cluster, "keyed") == []


def test_secret_of_the_model_that_is_rotated_is_seen(cluster: Kubectl) -> None:
    cluster.wait("tokened", "Ready")
    before = started(cluster, "tokened")
    with cluster.port_forward("service/tokened") as base:

        def token() -> str:
            answer: Json = httpx2.post(f"{base}/predict", json={"show": "inputs"}).json()
            return str(answer["secrets"]["hub"])

        assert token() == "old"
        rotate(cluster, "tokened", "rotated-token", "new")

        until(token, lambda value: value == "new", 100)
    assert started(cluster, "tokened") == before


def test_keys_that_are_missing_keep_the_model_from_starting_and_are_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "keyless-caller", "ConfigMissing")

    assert 'secret "no-such-keys" not found' in failure["message"]
