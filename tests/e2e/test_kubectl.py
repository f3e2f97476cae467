"""What a Kubernetes user expects of any resource: columns, scale, explain, wait, delete."""

import re
from collections.abc import Callable

from cluster import Kubectl, condition, image, until

CHILDREN = "deployments,services,configmaps,pods"


def columns(table: str) -> dict[str, str]:
    """Returns the first row of a kubectl table by its headings."""
    head, row = table.splitlines()[:2]
    return dict(zip(re.split(r"\s{2,}", head.strip()), re.split(r"\s{2,}", row.strip()), strict=True))


def test_get_shows_readiness_routes_replicas_and_reason(
    kubectl: Kubectl, example: Callable[[str], str]
) -> None:
    shown = columns(kubectl("get", "trussmodel", example("echo")))

    assert re.fullmatch(r"\d+[smhd].*", shown.pop("AGE"))
    assert shown == {
        "NAME": "echo",
        "ENVIRONMENT": "production",
        "READY": "True",
        "ROUTES": "predict,chat_completions",
        "REPLICAS": "1/1",
        "REASON": "Serving",
    }


def test_get_wide_adds_url_and_image(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    shown = columns(kubectl("get", "tm", example("echo"), "--output", "wide"))

    assert shown["URL"] == f"http://echo.{kubectl.namespace}.svc"
    assert shown["IMAGE"] == image("example-echo")


def test_get_all_includes_trussmodels(kubectl: Kubectl, example: Callable[[str], str]) -> None:
    name = example("echo")

    assert f"trussmodel.trussmodel.dev/{name}" in kubectl("get", "all", "--output", "name")


def test_explain_describes_every_field_of_spec(kubectl: Kubectl) -> None:
    explained = kubectl("explain", "trussmodel.spec")

    for field in (
        "image",
        "environment",
        "model",
        "replicas",
        "resources",
        "env",
        "envFrom",
        "secrets",
        "config",
    ):
        assert re.search(rf"^  {field}\t<.+\n    \S", explained, re.MULTILINE), f"{field} is not explained"


def test_scale_changes_the_pods_that_serve(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab()
    kubectl.wait(name, "Ready")

    kubectl("scale", "trussmodel", name, "--replicas=2")

    ready = until(
        lambda: kubectl.get("trussmodel", name)["status"],
        lambda status: status["replicasSummary"] == "2/2" and status["observedGeneration"] == 2,
    )
    assert ready["readyReplicas"] == 2
    assert len(kubectl.list("pods", ready["selector"])) == 2


def test_scale_to_zero_is_ready_but_not_available(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(replicas=0)

    kubectl.wait(name, "Available=False")
    kubectl.wait(name, "Ready")

    assert condition(kubectl.get("trussmodel", name), "Ready")["reason"] == "ScaledToZero"


def test_delete_removes_every_child(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(config={"model_metadata": {"tags": ["e2e"]}})
    kubectl.wait(name, "Ready")
    selector = f"trussmodel.dev/name={name}"
    assert {child["kind"] for child in kubectl.list(CHILDREN, selector)} == {
        "Deployment",
        "Service",
        "ConfigMap",
        "Pod",
    }

    kubectl("delete", "trussmodel", name)

    until(lambda: kubectl.list(CHILDREN, selector), lambda children: not children)


def test_operator_leaves_no_finalizer_or_annotation_on_the_resource(
    kubectl: Kubectl, lab: Callable[..., str]
) -> None:
    name = lab()
    kubectl.wait(name, "Ready")

    metadata = kubectl.get("trussmodel", name)["metadata"]

    assert "finalizers" not in metadata
    assert set(metadata.get("annotations", {})) <= {"kubectl.kubernetes.io/last-applied-configuration"}
