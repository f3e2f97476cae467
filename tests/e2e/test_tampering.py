"""What someone changes by hand of what is ours is set back, and the Event says who it was."""

import json
from collections.abc import Callable, Iterator

import pytest

from cluster import Json, Kubectl, condition, until
from failures import applied, events_of, failure_of, pods_of, trussmodel, warnings_of

LABELS = {"matchLabels": {"app": "theirs"}}
THEIRS = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "theirs"},
    "spec": {
        "replicas": 0,
        "selector": LABELS,
        "template": {
            "metadata": {"labels": {"app": "theirs"}},
            "spec": {"containers": [{"name": "c", "image": "trussmodel/test-lab:0.1.0"}]},
        },
    },
}


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    kubectl.apply(THEIRS)
    yield from applied(
        kubectl,
        trussmodel("service-edited"),
        trussmodel("deployment-edited"),
        trussmodel("deployment-deleted"),
        trussmodel("deployment-orphaned"),
        trussmodel("service-deleted"),
        trussmodel("theirs"),
        trussmodel("host-network", podTemplate={"spec": {"hostNetwork": True}}),
        trussmodel("restart-policy", podTemplate={"spec": {"restartPolicy": "Never"}}),
    )


def patch(cluster: Kubectl, kind: str, name: str, change: Json) -> None:
    cluster("patch", kind, name, "--type=merge", "--field-manager=meddler", "--patch", json.dumps(change))


def answers(cluster: Kubectl, name: str) -> Callable[[], bool]:
    """Whether a request by way of the Service is answered."""

    def ask() -> bool:
        path = f"/api/v1/namespaces/{cluster.namespace}/services/{name}:http/proxy/v1/models"
        return cluster.run("get", "--raw", path, check=False).returncode == 0

    return ask


def meddling(cluster: Kubectl, name: str) -> str:
    """What the Event says of it."""
    (told,) = until(
        lambda: [each for each in events_of(cluster, name) if each["reason"] == "FieldTaken"], bool
    )
    note: str = told["message"]
    return note


def test_edited_service_is_set_back_and_requests_are_answered(cluster: Kubectl) -> None:
    cluster.wait("service-edited", "Ready")
    before = cluster.get("service", "service-edited")["spec"]

    patch(
        cluster,
        "service",
        "service-edited",
        {"spec": {"selector": {"trussmodel.dev/name": "nobody"}}},
    )

    until(lambda: cluster.get("service", "service-edited")["spec"], lambda spec: spec == before)
    until(answers(cluster, "service-edited"), bool)
    note = meddling(cluster, "service-edited")
    assert "Service service-edited" in note
    assert "meddler" in note
    assert "selector" in note
    assert condition(cluster.get("trussmodel", "service-edited"), "Ready")["status"] == "True"


def test_edited_deployment_is_set_back_and_says_who_it_was(cluster: Kubectl) -> None:
    cluster.wait("deployment-edited", "Ready")
    pods = [pod["metadata"]["uid"] for pod in pods_of(cluster, "deployment-edited")]

    patch(cluster, "deployment", "deployment-edited", {"spec": {"replicas": 3}})

    note = meddling(cluster, "deployment-edited")
    assert "meddler" in note
    assert "replicas" in note
    until(lambda: cluster.get("deployment", "deployment-edited")["spec"]["replicas"], lambda n: n == 1)
    cluster.wait("deployment-edited", "Ready")
    kept = until(lambda: pods_of(cluster, "deployment-edited"), lambda found: len(found) == 1)
    assert [pod["metadata"]["uid"] for pod in kept] == pods
    assert warnings_of(cluster, "deployment-edited") == ["FieldTaken"]


def test_deleted_deployment_comes_back_and_serves(cluster: Kubectl) -> None:
    cluster.wait("deployment-deleted", "Ready")
    before = cluster.get("deployment", "deployment-deleted")["metadata"]["uid"]

    cluster("delete", "deployment", "deployment-deleted", "--wait=false")

    until(
        lambda: cluster("get", "deployments", "--output", "json"),
        lambda text: (
            all(each["metadata"]["uid"] != before for each in json.loads(text)["items"])
            and any(each["metadata"]["name"] == "deployment-deleted" for each in json.loads(text)["items"])
        ),
    )
    cluster.wait("deployment-deleted", "Ready")
    until(answers(cluster, "deployment-deleted"), bool)


def test_deployment_deleted_without_its_pods_takes_them_over(cluster: Kubectl) -> None:
    cluster.wait("deployment-orphaned", "Ready")
    before = [pod["metadata"]["uid"] for pod in pods_of(cluster, "deployment-orphaned")]
    old = cluster.get("deployment", "deployment-orphaned")["metadata"]["uid"]

    cluster("delete", "deployment", "deployment-orphaned", "--cascade=orphan", "--wait=false")

    until(answers(cluster, "deployment-orphaned"), bool)
    until(
        lambda: cluster.list("deployments", "trussmodel.dev/name=deployment-orphaned"),
        lambda found: (
            bool(found)
            and found[0]["metadata"]["uid"] != old
            and found[0].get("status", {}).get("availableReplicas") == 1
        ),
    )
    cluster.wait("deployment-orphaned", "Ready")
    assert [pod["metadata"]["uid"] for pod in pods_of(cluster, "deployment-orphaned")] == before


def test_deleted_service_comes_back_and_answers(cluster: Kubectl) -> None:
    cluster.wait("service-deleted", "Ready")

    cluster("delete", "service", "service-deleted")

    until(answers(cluster, "service-deleted"), bool)


def test_deployment_of_someone_else_is_left_alone_and_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "theirs", "NameConflict")

    assert "Deployment theirs" in failure["message"]
    assert cluster.get("deployment", "theirs")["spec"]["selector"] == LABELS
    assert cluster("get", "service", "theirs", "--ignore-not-found") == ""


def test_pod_template_that_our_rules_refuse_is_named_with_the_field(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "host-network", "InvalidSpec")

    assert "spec.podTemplate.spec.hostNetwork" in failure["message"]


def test_pod_template_that_the_api_server_refuses_leaves_nothing_behind(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "restart-policy", "InvalidSpec")

    assert "spec.podTemplate.spec.restartPolicy" in failure["message"]
    made = cluster.list("service,configmap,deployment", "trussmodel.dev/name=restart-policy")
    assert made == []
