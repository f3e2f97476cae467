"""Where the API server serves a resource."""

import pytest

from truss_operator.kube.resource import DEPLOYMENTS, PODS, SERVICES, TRUSSMODELS, resource_of


def test_collection_of_all_namespaces() -> None:
    assert SERVICES.path() == "/api/v1/services"


def test_object_and_its_subresource() -> None:
    path = TRUSSMODELS.path("ns", "echo", "status")
    assert path == "/apis/trussmodel.dev/v1alpha1/namespaces/ns/trussmodels/echo/status"


def test_name_cannot_leave_its_place_in_the_path() -> None:
    assert PODS.path("ns", "../../x") == "/api/v1/namespaces/ns/pods/..%2F..%2Fx"


def test_manifest_tells_its_resource() -> None:
    assert resource_of({"apiVersion": "apps/v1", "kind": "Deployment"}) == DEPLOYMENTS


def test_unknown_kind_says_where_to_add_it() -> None:
    with pytest.raises(LookupError, match=r"StatefulSet of apps/v1: add it to kube/resource\.py"):
        resource_of({"apiVersion": "apps/v1", "kind": "StatefulSet"})
