"""The network policies: what the operator needs stays open, and a model is reached by whom it should be."""

from collections.abc import Callable
from typing import Any

import pytest

from observed import truss_model
from truss_operator.builders.labels import labels
from truss_operator.builders.ports import ADMIN, ADMIN_PORT, HTTP

Json = dict[str, Any]
Render = Callable[..., list[Json]]

GATEWAY = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateway"}}}


@pytest.fixture
def policies(render: Render) -> Callable[..., list[Json]]:
    """Those that the values below `networkPolicy` yield, by namespace."""

    def rendered(**values: Any) -> list[Json]:
        return [m for m in render(values={"networkPolicy": values}) if m["kind"] == "NetworkPolicy"]

    return rendered


def test_there_are_none_by_default(policies: Callable[..., list[Json]]) -> None:
    assert policies() == []


def test_the_operators_is_about_its_own_pods(policies: Callable[..., list[Json]], render: Render) -> None:
    (policy,) = policies(enabled=True)
    (deployment,) = [m for m in render() if m["kind"] == "Deployment"]
    assert policy["spec"]["podSelector"] == deployment["spec"]["selector"]


def test_the_operator_reaches_the_models_admin_port_in_every_namespace(
    policies: Callable[..., list[Json]],
) -> None:
    (policy,) = policies(enabled=True)
    (rule,) = [rule for rule in policy["spec"]["egress"] if rule["ports"] == [{"port": ADMIN_PORT}]]
    (peer,) = rule["to"]
    assert peer["namespaceSelector"] == {}
    assert peer["podSelector"]["matchLabels"].items() <= labels(truss_model()).items()


def test_the_operator_reaches_names_and_the_api_server(policies: Callable[..., list[Json]]) -> None:
    (policy,) = policies(enabled=True, apiServerPorts=[6443])
    open_to_all = [rule["ports"] for rule in policy["spec"]["egress"] if "to" not in rule]
    assert {port["port"] for ports in open_to_all for port in ports} == {53, 6443}


def test_the_ports_of_dns_are_the_clusters(policies: Callable[..., list[Json]]) -> None:
    (policy,) = policies(enabled=True, dnsPorts=[5353])
    ports = [port for rule in policy["spec"]["egress"] for port in rule["ports"]]
    assert [port["port"] for port in ports if port.get("protocol") == "UDP"] == [5353]


def test_the_operator_reaches_what_else_it_is_to_reach(policies: Callable[..., list[Json]]) -> None:
    proxy = {"ports": [{"port": 3128}], "to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}
    (policy,) = policies(enabled=True, extraEgress=[proxy])
    assert proxy in policy["spec"]["egress"]


def test_a_models_port_is_for_those_who_are_named(policies: Callable[..., list[Json]]) -> None:
    (policy,) = policies(models={"namespaces": ["team-a"], "from": [GATEWAY]})
    assert policy["metadata"]["namespace"] == "team-a"
    assert policy["spec"]["podSelector"]["matchLabels"].items() <= labels(truss_model()).items()
    (rule,) = [rule for rule in policy["spec"]["ingress"] if rule["ports"] == [{"port": HTTP}]]
    assert GATEWAY in rule["from"]


def test_helm_test_may_ask_the_model_that_it_makes(
    policies: Callable[..., list[Json]], render: Render
) -> None:
    (policy,) = policies(models={"namespaces": ["team-a"], "from": [GATEWAY]})
    (rule,) = [rule for rule in policy["spec"]["ingress"] if rule["ports"] == [{"port": HTTP}]]
    (peer,) = [peer for peer in rule["from"] if peer != GATEWAY]
    (pod,) = [manifest for manifest in render() if manifest["kind"] == "Pod"]
    assert peer["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert set(peer["namespaceSelector"]["matchLabels"].values()) == {pod["metadata"]["namespace"]}


def test_a_models_admin_port_is_open_to_the_operator_and_not_to_everybody(
    policies: Callable[..., list[Json]], render: Render
) -> None:
    (policy,) = policies(models={"namespaces": ["team-a"]})
    (rule,) = [rule for rule in policy["spec"]["ingress"] if rule["ports"] == [{"port": ADMIN}]]
    (deployment,) = [m for m in render() if m["kind"] == "Deployment"]
    assert [peer["podSelector"] for peer in rule["from"]] == [deployment["spec"]["selector"]]


def test_every_namespace_gets_one(policies: Callable[..., list[Json]]) -> None:
    made = policies(models={"namespaces": ["team-a", "team-b"]})
    assert [policy["metadata"]["namespace"] for policy in made] == ["team-a", "team-b"]
