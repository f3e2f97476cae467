"""Images that cannot run, or are not of this project: named with what to do."""

from collections.abc import Iterator

import pytest

from cluster import Kubectl
from failures import applied, failure_of, namespace, trussmodel, warnings_of

STRANGER = "trussmodel/test-stranger:0.1.0"
SERVER = "from http.server import *; HTTPServer(('', 9000), SimpleHTTPRequestHandler).serve_forever()"


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    yield from applied(
        kubectl,
        trussmodel("no-entry-point", image="trussmodel/test-bare:0.1.0"),
        trussmodel("foreign-architecture", image="trussmodel/test-foreign:0.1.0"),
        trussmodel("stranger-ends", image=STRANGER, env={"STRANGER": "raise SystemExit('not a model')"}),
        trussmodel("stranger-serves", image=STRANGER, env={"STRANGER": SERVER}),
    )


def test_image_without_an_entry_point_cannot_be_started(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "no-entry-point", "StartFailed")

    assert "no command specified" in failure["message"]


def test_image_of_another_architecture_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "foreign-architecture", "ImageArchitectureMismatch")

    assert "exec format error" in failure["message"]


def test_image_that_runs_as_root_is_named() -> None:
    # A namespace that enforces restricted would refuse the pod before the kubelet could.
    root = {"spec": {"securityContext": {"runAsUser": 0}}}
    with namespace("root") as free:
        free.apply(trussmodel("root", podTemplate=root))
        failure = failure_of(free, "root", "ImageRunsAsRoot")

    assert "non-root" in failure["message"]


def test_image_without_our_runtime_that_ends_is_named(cluster: Kubectl) -> None:
    failure = failure_of(cluster, "stranger-ends", "RuntimeMissing")

    assert "not a model" in failure["message"]
    assert "trussmodel/runtime" in failure["message"]


def test_image_without_our_runtime_that_serves_something_else_is_named(cluster: Kubectl) -> None:
    failure_of(cluster, "stranger-serves", "RuntimeMissing", 90)

    assert warnings_of(cluster, "stranger-serves") == ["RuntimeMissing"]
