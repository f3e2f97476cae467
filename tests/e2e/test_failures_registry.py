"""A registry that asks for a password: what it refuses is named; with the right pull secret a model serves.

It is Debian's registry, in the cluster, behind a node port: at a loopback address it needs no TLS.
"""

import base64
import hashlib
import json
from collections.abc import Iterator

import httpx2
import pytest

from cluster import Json, Kubectl, image, until
from failures import applied, failure_of, namespace, trussmodel, warnings_of
from kind import nodes_of, on_node

USER, PASSWORD = "team", "s3cret"  # of a registry that lives for a minute
HTPASSWD = "team:$2b$04$siQ/akyhFWsQGZaL/e5/hOdTHmmOYjcKFptFxbc0ylCuCf/k4B39S"
CONFIG = """
version: 0.1
storage: {filesystem: {rootdirectory: /tmp/registry}}
http: {addr: ":5000"}
auth: {htpasswd: {realm: models, path: /etc/registry/htpasswd}}
"""
DOCKER = "application/vnd.docker.distribution"


def registry() -> list[Json]:
    container = {
        "name": "registry",
        "image": image("test-registry"),
        "args": ["/etc/registry/config.yml"],
        "ports": [{"containerPort": 5000}],
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/registry"}],
        "readinessProbe": {"tcpSocket": {"port": 5000}, "periodSeconds": 1},
    }
    pod = {"containers": [container], "volumes": [{"name": "settings", "configMap": {"name": "registry"}}]}
    labels = {"app": "registry"}
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "registry"},
            "data": {"config.yml": CONFIG, "htpasswd": HTPASSWD},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "registry"},
            "spec": {"type": "NodePort", "selector": labels, "ports": [{"port": 5000}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "registry"},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
    ]


def pull_secret(cluster: Kubectl, name: str, at: str, password: str) -> None:
    given = [f"--docker-server={at}", f"--docker-username={USER}", f"--docker-password={password}"]
    cluster("create", "secret", "docker-registry", name, *given)


def push(cluster: Kubectl, at: str) -> None:
    """Pushes an image as a node has it; nothing of it is packed or sent again when it is pulled."""
    node = nodes_of(cluster)[-1]
    source, target = f"docker.io/{image('test-private')}", f"{at}/private:1"
    on_node(node, "ctr", "--namespace", "k8s.io", "images", "tag", "--force", source, target)
    # kube-proxy takes a moment to open the port.
    until(lambda: on_node(node, "curl", "--silent", "--head", f"http://{at}/v2/", check=False), bool)
    credentials = ("--plain-http", "--user", f"{USER}:{PASSWORD}")
    on_node(node, "ctr", "--namespace", "k8s.io", "images", "push", *credentials, target)
    on_node(node, "ctr", "--namespace", "k8s.io", "images", "rm", target)


def push_foreign(cluster: Kubectl) -> None:
    """Pushes an image that has no variant but for another processor, and nothing in that."""
    platform = {"architecture": "s390x", "os": "linux"}
    config = json.dumps({**platform, "rootfs": {"type": "layers", "diff_ids": []}})
    variant = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{DOCKER}.manifest.v2+json",
            "config": described("application/vnd.docker.container.image.v1+json", config),
            "layers": [],
        }
    )
    variants = [{**described(f"{DOCKER}.manifest.v2+json", variant), "platform": platform}]
    index = {"schemaVersion": 2, "mediaType": f"{DOCKER}.manifest.list.v2+json", "manifests": variants}
    headers = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
    with cluster.port_forward("service/registry", 5000) as base, httpx2.Client(headers=headers) as client:
        started = client.post(f"{base}/v2/foreign/blobs/uploads/")
        where = f"{started.headers['Location']}&digest={digest(config)}"
        client.put(where, content=config).raise_for_status()
        for tag, kind, text in (
            (digest(variant), f"{DOCKER}.manifest.v2+json", variant),
            ("1", f"{DOCKER}.manifest.list.v2+json", json.dumps(index)),
        ):
            url = f"{base}/v2/foreign/manifests/{tag}"
            client.put(url, content=text, headers={"Content-Type": kind}).raise_for_status()


def described(kind: str, text: str) -> Json:
    return {"mediaType": kind, "digest": digest(text), "size": len(text)}


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[Kubectl]:
    with namespace("registry") as cluster:
        cluster.apply({"apiVersion": "v1", "kind": "List", "items": registry()})
        cluster("rollout", "status", "deployment/registry", "--timeout=60s")
        port = cluster.get("service", "registry")["spec"]["ports"][0]["nodePort"]
        at = f"127.0.0.1:{port}"
        push(cluster, at)
        push_foreign(cluster)
        pull_secret(cluster, "right", at, PASSWORD)
        pull_secret(cluster, "wrong", at, "guessed")
        private, right = f"{at}/private:1", [{"name": "right"}]
        yield from applied(
            cluster,
            trussmodel("no-password", image=private),
            trussmodel("wrong-password", image=private, imagePullSecrets=[{"name": "wrong"}]),
            trussmodel("right-password", image=private, imagePullSecrets=right),
            trussmodel("no-pull-secret", image=private, imagePullSecrets=[{"name": "later"}]),
            trussmodel("no-such-tag", image=f"{at}/private:2", imagePullSecrets=right),
            trussmodel("foreign-processor", image=f"{at}/foreign:1", imagePullSecrets=right),
        )


def test_registry_that_wants_a_password_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-password", "ImagePullUnauthorized")

    assert "spec.imagePullSecrets" in failure["message"]


def test_password_that_is_wrong_is_told_from_an_image_that_is_not_there(cluster: Kubectl) -> None:
    failure_of(cluster, "wrong-password", "ImagePullUnauthorized")


def test_right_pull_secret_lets_the_model_serve(cluster: Kubectl) -> None:
    cluster.wait("right-password", "Ready")

    status = cluster.get("trussmodel", "right-password")["status"]
    assert status["image"].startswith("127.0.0.1:")
    assert "@sha256:" in status["image"]
    assert warnings_of(cluster, "right-password") == []


def test_tag_that_is_absent_is_named(cluster: Kubectl) -> None:
    assert "private:2" in failure_of(cluster, "no-such-tag", "ImageNotFound")["message"]


def test_image_without_a_variant_for_the_node_s_processor_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "foreign-processor", "ImageArchitectureMismatch")

    assert "no match for platform" in failure["message"]


def test_pull_secret_that_comes_later_lets_the_model_serve(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-pull-secret", "ConfigMissing")
    assert "(later)" in failure["message"]

    right = cluster.get("secret", "right")
    cluster.apply({**right, "metadata": {"name": "later"}})
    cluster("delete", "pods", "--selector", "trussmodel.dev/name=no-pull-secret", "--wait=false")

    cluster.wait("no-pull-secret", "Ready")
    assert "lastFailure" not in cluster.get("trussmodel", "no-pull-secret")["status"]
    assert warnings_of(cluster, "no-pull-secret") == ["ConfigMissing"]
