"""The operator's permissions against the kinds that its code names: no verb too many, none too few."""

from collections.abc import Callable
from typing import Any

import pytest

from truss_operator.kube.resource import (
    BUDGETS,
    CHILDREN,
    CONFIGMAPS,
    CONTROLLERREVISIONS,
    EVENTS,
    LEASES,
    TRUSSMODELS,
    WATCHED,
    Resource,
)

Json = dict[str, Any]
Render = Callable[..., list[Json]]
Grant = tuple[str, str, str]


def grants(resource: Resource, *verbs: str, subresource: str = "") -> set[Grant]:
    plural = f"{resource.plural}/{subresource}" if subresource else resource.plural
    return {(resource.group, plural, verb) for verb in verbs}


@pytest.fixture
def granted(render: Render) -> set[Grant]:
    (role,) = [role for role in roles(render) if role["metadata"]["name"] == "trussmodel-operator"]
    return granted_by(role)


def roles(render: Render, **keywords: Any) -> list[Json]:
    return [manifest for manifest in render(**keywords) if manifest["kind"] == "ClusterRole"]


def granted_by(role: Json) -> set[Grant]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_lease_may_be_written_and_no_more(render: Render) -> None:
    (role,) = [manifest for manifest in render("--skip-tests") if manifest["kind"] == "Role"]
    granted = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == grants(LEASES, "create", "get", "patch")


def test_the_operator_may_do_what_it_does_and_no_more(granted: set[Grant]) -> None:
    used = (
        grants(TRUSSMODELS, "get")
        | grants(EVENTS, "create", "get", "list", "patch")
        | grants(CONFIGMAPS, "delete")
        | grants(CONTROLLERREVISIONS, "delete")
        | grants(BUDGETS, "delete")
    )
    used |= grants(TRUSSMODELS, "patch", subresource="status")
    used |= grants(
        TRUSSMODELS, "update", subresource="finalizers"
    )  # asked for by admission, see the template
    used |= set().union(*(grants(watched, "list", "watch") for watched in WATCHED))
    used |= set().union(*(grants(child, "get", "create", "patch") for child in CHILDREN))
    assert granted == used


def test_who_may_view_a_namespace_may_look_at_models_and_change_nothing(render: Render) -> None:
    assert {verb for _, _, verb in aggregated(render, "view")} == {"get", "list", "watch"}


@pytest.mark.parametrize("to", ["edit", "admin"])
def test_who_may_edit_or_administer_a_namespace_may_serve_models(render: Render, to: str) -> None:
    wanted = grants(TRUSSMODELS, "get", "list", "watch", "create", "update", "patch", "delete")
    assert wanted | grants(TRUSSMODELS, "update", "patch", subresource="scale") <= aggregated(render, to)


@pytest.mark.parametrize("to", ["view", "edit", "admin"])
def test_nobody_but_the_operator_writes_status(render: Render, to: str) -> None:
    written = {verb for _, resource, verb in aggregated(render, to) if resource == "trussmodels/status"}
    assert written <= {"get"}


def test_nothing_is_aggregated_when_told(render: Render) -> None:
    names = [role["metadata"]["name"] for role in roles(render, values={"rbac": {"aggregate": False}})]
    assert names == ["trussmodel-operator"]


def aggregated(render: Render, to: str) -> set[Grant]:
    label = f"rbac.authorization.k8s.io/aggregate-to-{to}"
    carrying = [role for role in roles(render) if role["metadata"]["labels"].get(label) == "true"]
    return set().union(*map(granted_by, carrying))
