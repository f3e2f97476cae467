"""The manifests against the schemas of Kubernetes itself, and how they hang together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest

Json = dict[str, Any]
Render = Callable[..., list[Json]]

FULL = Path(__file__).parents[2] / "charts" / "trussmodel-operator" / "ci" / "full-values.yaml"


def only(manifests: list[Json], kind: str) -> Json:
    """The one of that kind which the operator is made of: neither what people may do, nor `helm test`."""
    (found,) = [
        manifest
        for manifest in manifests
        if manifest["kind"] == kind
        and manifest["metadata"]["labels"].get("app.kubernetes.io/component") == "operator"
    ]
    return found


@pytest.mark.parametrize("kubernetes", ["1.31", "1.37"])
def test_manifests_are_valid_on_the_oldest_and_newest_kubernetes(
    render: Render, case: Path, kubernetes: str
) -> None:
    for manifest in render("--kube-version", f"{kubernetes}.0", values=case):
        if manifest["apiVersion"].startswith("monitoring.coreos.com/"):
            continue  # the Prometheus Operator's, no part of Kubernetes
        kubernetes_validate.validate(manifest, kubernetes, strict=True)


def test_every_binding_leads_from_the_pods_account_to_a_role(render: Render, case: Path) -> None:
    manifests = render(values=case, namespace="models")
    account = only(manifests, "Deployment")["spec"]["template"]["spec"]["serviceAccountName"]
    roles = {
        (m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"])
        for m in manifests
        if m["kind"] in ("Role", "ClusterRole")
    }
    bindings = [m for m in manifests if m["kind"] in ("RoleBinding", "ClusterRoleBinding")]
    bound = {(b["roleRef"]["kind"], b["metadata"].get("namespace"), b["roleRef"]["name"]) for b in bindings}
    assert bound <= roles
    assert {role for role in roles if not role[2].endswith(("-view", "-edit"))} == bound
    subject = {"kind": "ServiceAccount", "name": account, "namespace": "models"}
    own = [binding for binding in bindings if not binding["metadata"]["name"].endswith("-test")]
    assert all(binding["subjects"] == [subject] for binding in own)


def test_an_operator_of_some_namespaces_has_roles_there_and_none_of_the_cluster(render: Render) -> None:
    manifests = render(values={"watch": {"namespaces": ["blue", "green"]}}, namespace="models")
    roles = [m for m in manifests if m["kind"] == "Role"]
    assert {role["metadata"]["namespace"] for role in roles} == {"blue", "green", "models"}
    assert "ClusterRoleBinding" not in {m["kind"] for m in manifests}
    (args,) = [c["args"] for c in only(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]]
    assert "--namespaces=blue,green" in args


@pytest.mark.parametrize(
    "selector", ["shard=a", "shard in (a, b),!legacy", "tier!=batch", "a in (b) # c", "!a"]
)
def test_an_operator_with_a_selector_is_told_it_as_it_was_written(render: Render, selector: str) -> None:
    manifests = render(values={"watch": {"selector": selector}})
    (args,) = [c["args"] for c in only(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]]
    assert f"--selector={selector}" in args
    assert not [argument for argument in args if argument.startswith("--namespaces")]


def test_an_operator_in_a_namespace_that_it_serves_has_both_roles_there(render: Render) -> None:
    manifests = render(values={"watch": {"namespaces": ["models"]}}, namespace="models")
    names = [m["metadata"]["name"] for m in manifests if m["kind"] == "Role"]
    assert len(set(names)) == len(names) > 1


def test_the_service_account_that_is_made_is_the_pods(render: Render) -> None:
    manifests = render(values={"serviceAccount": {"name": "mine"}})
    pod = only(manifests, "Deployment")["spec"]["template"]["spec"]
    assert only(manifests, "ServiceAccount")["metadata"]["name"] == pod["serviceAccountName"] == "mine"


def test_a_service_account_of_somebody_else_is_not_made_again(render: Render) -> None:
    manifests = render(values={"serviceAccount": {"create": False, "name": "mine"}})
    assert [m["metadata"]["name"] for m in manifests if m["kind"] == "ServiceAccount"] == [
        "trussmodel-operator-test"
    ]


def test_the_selector_finds_the_pod_whatever_labels_it_is_given(render: Render) -> None:
    stolen = {"app.kubernetes.io/name": "other", "app.kubernetes.io/instance": "other"}
    spec = only(render(values={"podLabels": stolen}), "Deployment")["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


def test_the_selector_stays_when_names_are_overridden(render: Render) -> None:
    values = {"nameOverride": "a", "fullnameOverride": "b"}
    before, after = (only(render(values=chosen), "Deployment") for chosen in ({}, values))
    assert before["spec"]["selector"] == after["spec"]["selector"]


def test_the_operators_own_objects_are_no_children_of_a_model(render: Render) -> None:
    """The operator watches what carries its own name in this label: not its own Deployment."""
    label = "app.kubernetes.io/managed-by"
    assert {manifest["metadata"]["labels"][label] for manifest in render(values=FULL)} == {"Helm"}


def test_namespaced_objects_name_the_releases_namespace(render: Render) -> None:
    manifests = render(namespace="models")
    whole = {"ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}
    namespaces = {m["kind"]: m["metadata"].get("namespace") for m in manifests if m["kind"] not in whole}
    assert set(namespaces.values()) == {"models"}


@pytest.mark.parametrize("release", ["a", "trussmodel-operator", "r" * 53])
def test_names_fit_whatever_the_release_is_called(render: Render, release: str) -> None:
    values = {each: {"enabled": True} for each in ("alerts", "dashboards", "networkPolicy")}
    named = [(m["kind"], m["metadata"]["name"]) for m in render(release=release, values=values)]
    assert max(len(name) for _, name in named) <= 63
    assert len(set(named)) == len(named)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({}, "trussmodel/operator:0.1.0"),
        ({"repository": "example.com/op", "tag": "dev"}, "example.com/op:dev"),
        ({"tag": "dev", "digest": "sha256:" + "a" * 64}, "trussmodel/operator@sha256:" + "a" * 64),
    ],
)
def test_image_reference(render: Render, image: Json, expected: str) -> None:
    pod = only(render(values={"image": image}), "Deployment")["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == expected


def test_a_single_operator_goes_before_the_new_one_comes(render: Render) -> None:
    spec = only(render(), "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_of_several_operators_one_is_always_there(render: Render) -> None:
    spec = only(render(values={"replicas": 2}), "Deployment")["spec"]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]["maxUnavailable"]) == (2, 0)


def test_operators_elect_one_by_a_lease_that_they_may_write(render: Render) -> None:
    manifests = render(release="mine", namespace="models")
    (container,) = only(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    (lease,) = [arg.partition("=")[2] for arg in container["args"] if arg.startswith("--lease-name=")]
    role = only(manifests, "Role")
    (named,) = [rule for rule in role["rules"] if "resourceNames" in rule]
    assert "--leader-elect" in container["args"]
    assert (role["metadata"]["namespace"], named["resourceNames"]) == ("models", [lease])
    assert {env["name"] for env in container["env"]} >= {"POD_NAME", "POD_NAMESPACE"}


def test_every_object_carries_the_common_labels(render: Render) -> None:
    manifests = render(values={"commonLabels": {"example.com/owner": "platform"}})
    assert {m["metadata"]["labels"].get("example.com/owner") for m in manifests} == {"platform"}


def test_a_common_label_cannot_take_the_pods_from_their_selector(render: Render) -> None:
    spec = only(render(values={"commonLabels": {"app.kubernetes.io/name": "other"}}), "Deployment")["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


def test_pods_spread_among_their_own_unless_told_otherwise(render: Render) -> None:
    bare = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    told = {**bare, "labelSelector": {"matchLabels": {"a": "b"}}}
    spec = only(render(values={"topologySpreadConstraints": [bare, told]}), "Deployment")["spec"]
    found = spec["template"]["spec"]["topologySpreadConstraints"]
    assert found == [{**bare, "labelSelector": spec["selector"]}, told]


def test_the_budget_is_about_the_operators_pods(render: Render) -> None:
    manifests = render(values={"podDisruptionBudget": {"enabled": True}})
    budget = only(manifests, "PodDisruptionBudget")["spec"]
    assert budget["selector"] == only(manifests, "Deployment")["spec"]["selector"]
    assert budget["maxUnavailable"] == 1


def test_extra_objects_are_rendered(render: Render) -> None:
    text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-extra'}}"
    manifests = render(values={"extraObjects": [text]}, release="mine")
    assert "mine-extra" in {m["metadata"]["name"] for m in manifests if m["kind"] == "ConfigMap"}


def test_no_selector_finds_the_pod_that_tests_a_release(render: Render, case: Path) -> None:
    manifests = render(values=case)
    (pod,) = [one for one in manifests if one["kind"] == "Pod"]
    labels = pod["metadata"]["labels"]
    selectors = [_selector(one) for one in manifests if one["kind"] in _SELECTING]
    assert selectors
    assert not [selector for selector in selectors if selector.items() <= labels.items()]


_SELECTING = ("Deployment", "PodDisruptionBudget", "Service")


def _selector(manifest: Json) -> Json:
    selector: Json = manifest["spec"]["selector"]
    labels: Json = selector.get("matchLabels", selector)
    return labels
