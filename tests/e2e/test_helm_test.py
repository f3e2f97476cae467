"""`helm test` of the operator for the whole cluster; test_release.py has that of one for some namespaces."""

from collections.abc import Iterator

import pytest

from cluster import Kubectl, image
from helm import Release, helm_program

NAME, NAMESPACE = "trussmodel-operator", "trussmodel-system"
HOME = Kubectl(NAMESPACE)


@pytest.fixture
def restricted() -> Iterator[None]:
    """The release's namespace enforces the restricted Pod Security Standard."""
    HOME("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    yield
    HOME("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce-")


def test_model_is_served_in_a_namespace_that_enforces_restricted_pod_security(restricted: None) -> None:
    release = Release(helm_program(4), NAME, NAMESPACE)
    repository, _, tag = image("test-lab").rpartition(":")
    # What else was set stays, and so the operator's pod.
    release.upgrade({"tests": {"repository": repository, "tag": tag}}, "--reset-then-reuse-values")

    told = release("test", NAME, "--logs", "--timeout", "120s")

    assert "it answers /predict and /v1/chat/completions" in told
    assert HOME("get", "trussmodels") == ""
