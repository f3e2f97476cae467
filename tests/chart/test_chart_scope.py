"""A release that serves some namespaces, or what a selector selects: what it makes, and how it is tested."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
Render = Callable[..., list[Json]]

CLUSTERS = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "FlowSchema"}
CHECK = Path(__file__).parents[2] / "charts" / "trussmodel-operator" / "files" / "test" / "check.py"


def served(manifests: list[Json]) -> Json:
    """The TrussModel that `helm test` makes."""
    (pod,) = [manifest for manifest in manifests if manifest["kind"] == "Pod"]
    found: Json = json.loads(variables(pod)["MANIFEST"])
    return found


def variables(pod: Json) -> dict[str, str]:
    return {each["name"]: each["value"] for each in pod["spec"]["containers"][0]["env"]}


def hooks(manifests: list[Json]) -> set[tuple[str, str]]:
    """Kind and namespace of what is there while a test runs."""
    return {
        (manifest["kind"], manifest["metadata"]["namespace"])
        for manifest in manifests
        if "helm.sh/hook" in manifest["metadata"].get("annotations", {})
    }


@pytest.mark.parametrize(("crds", "left"), [(True, {"CustomResourceDefinition"}), (False, set())])
def test_a_release_of_some_namespaces_makes_nothing_of_the_cluster_but_the_definition(
    render: Render, crds: bool, left: set[str]
) -> None:
    everything = {each: {"enabled": True} for each in ("alerts", "dashboards", "podDisruptionBudget")}
    monitors = {each: {"enabled": True} for each in ("serviceMonitor", "podMonitor")}
    values = {**everything, "metrics": monitors, "networkPolicy": {"enabled": True}}
    values |= {"watch": {"namespaces": ["blue"]}, "crds": {"enabled": crds}}
    manifests = render(values=values, namespace="models")
    assert {m["kind"] for m in manifests if "namespace" not in m["metadata"]} == left
    assert {m["kind"] for m in manifests} & CLUSTERS == left


def test_two_releases_of_one_name_in_two_namespaces_make_nothing_twice(render: Render) -> None:
    made = [
        (m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"])
        for team in ("blue", "green")
        for m in render(
            values={"watch": {"namespaces": [team]}, "crds": {"enabled": team == "blue"}}, namespace=team
        )
    ]
    assert len(set(made)) == len(made)


def test_a_test_serves_its_model_in_the_releases_namespace_if_the_operator_looks_there(
    render: Render,
) -> None:
    for namespaces in ([], ["blue", "models"]):
        manifests = render(values={"watch": {"namespaces": namespaces}}, namespace="models")
        assert served(manifests)["metadata"]["namespace"] == "models"
        assert {namespace for _, namespace in hooks(manifests)} == {"models"}


def test_a_test_serves_its_model_in_the_first_namespace_that_the_operator_looks_at(render: Render) -> None:
    """Its pod stays with the release: `helm test --logs` looks for it nowhere else."""
    manifests = render(values={"watch": {"namespaces": ["blue", "green"]}}, namespace="models")
    assert served(manifests)["metadata"]["namespace"] == "blue"
    at_home = {("Pod", "models"), ("ServiceAccount", "models"), ("ConfigMap", "models")}
    assert hooks(manifests) == at_home | {("Role", "blue"), ("RoleBinding", "blue"), ("ConfigMap", "blue")}


def test_a_test_may_make_its_model_where_that_is(render: Render) -> None:
    manifests = render(values={"watch": {"namespaces": ["blue"]}}, namespace="models")
    (binding,) = [
        m
        for m in manifests
        if m["kind"] == "RoleBinding" and "helm.sh/hook" in m["metadata"].get("annotations", {})
    ]
    (subject,) = binding["subjects"]
    (pod,) = [m for m in manifests if m["kind"] == "Pod"]
    assert (subject["name"], subject["namespace"]) == (pod["spec"]["serviceAccountName"], "models")


def test_a_model_of_a_test_carries_the_labels_that_the_operator_selects(render: Render) -> None:
    values = {"watch": {"selector": "shard=a"}, "tests": {"labels": {"shard": "a"}}}
    assert served(render(values=values))["metadata"]["labels"] == {"shard": "a"}


def test_a_test_without_labels_that_the_operator_selects_says_so_and_fails(render: Render) -> None:
    manifests = render(values={"watch": {"selector": "shard=a"}})
    (pod,) = [manifest for manifest in manifests if manifest["kind"] == "Pod"]
    server = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    done = subprocess.run(
        [sys.executable, CHECK],
        env={**os.environ, **server, **variables(pod)},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 1
    assert "'shard=a'" in done.stderr
    assert "set tests.labels" in done.stderr


def test_an_image_of_a_test_is_pinned_by_its_digest(render: Render) -> None:
    digest = "sha256:" + "a" * 64
    model = served(render(values={"tests": {"tag": "1", "digest": digest}}))
    assert model["spec"]["image"] == f"trussmodel/runtime@{digest}"
