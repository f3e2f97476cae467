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
    (role,) = [manifest for manifest in render() if manifest["kind"] == "ClusterRole"]
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_the_lease_may_be_written_and_no_more(render: Render) -> None:
    (role,) = [manifest for manifest in render() if manifest["kind"] == "Role"]
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
