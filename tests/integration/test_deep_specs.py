"""A spec that is nested deeper than parsers go is its author's trouble and nobody else's."""

import json

import pytest

from api import Api, Json, condition, reason
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating
from truss_operator.builders.labels import MANAGED_BY_LABEL, MANAGER, NAME_LABEL
from truss_operator.kube.client import FIELD_MANAGER

pytestmark = pytest.mark.asyncio

DEEP = 9_900
"""The API server takes 10,000 levels; Python's parser ends after 990 to 10,000, by its version."""


def nested(levels: int) -> str:
    """As text, for no encoder goes so deep either."""
    return '{"a":' * levels + "1" + "}" * levels


async def deep_model(api: Api, name: str, where: Json) -> Json:
    """Creates one with so deep a field."""
    document = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": name},
        "spec": {"image": "registry.example.com/echo:1", **where},
    }
    text = json.dumps(document).replace('"@"', nested(DEEP))
    return await api.call("POST", api.path("trussmodels"), text)


async def deep_revision(api: Api, levels: int) -> Json:
    """Applies a forged revision, with our labels and in our name, so that its managed fields are as deep."""
    document = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": "forged", "labels": {MANAGED_BY_LABEL: MANAGER, NAME_LABEL: "before"}},
        "revision": 1,
        "data": "@",
    }
    text = json.dumps(document).replace('"@"', nested(levels))
    path = f"{api.path('controllerrevisions', 'forged')}?fieldManager={FIELD_MANAGER}"
    return await api.call("PATCH", path, text, "application/apply-patch+yaml")


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"config": "@"}, "spec.config"),
        ({"podTemplate": {"spec": "@"}}, "spec.podTemplate"),
        ({"affinity": "@"}, "spec.affinity"),
        ({"volumes": [{"name": "a", "csi": "@"}]}, "spec.volumes"),
        ({"rollout": {"smoke": {"route": "predict", "body": "@"}}}, "spec.rollout"),
    ],
)
async def test_one_that_is_too_deep_is_refused_with_its_field(
    api: Api, operator: Operating, where: Json, field: str
) -> None:
    await deep_model(api, "deep", where)
    model = await api.until("trussmodels", "deep", lambda m: reason(m) == "InvalidSpec")
    assert f"{field}: nested deeper than 100 levels" in condition(model, "Ready")["message"]


@pytest.mark.parametrize("levels", [990, 1_010, DEEP])
async def test_forged_revision_however_deep_keeps_nobody_from_being_served(
    api: Api, plane: ControlPlane, admin_port: int, levels: int
) -> None:
    """Parsers and encoders end at different depths, 1,000 among them."""
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model("before")
        await api.until("deployments", "before", bool)
        await deep_revision(api, levels)
        await api.patch("trussmodels", "before", {"spec": {"replicas": 2}})
        await api.until("deployments", "before", lambda d: d["spec"]["replicas"] == 2)
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model("after")
        await api.until("deployments", "after", bool)


async def test_others_are_served_beside_it_by_an_operator_that_watches_and_by_one_that_starts(
    api: Api, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model("before")
        await api.until("deployments", "before", bool)
        await deep_model(api, "deep", {"config": "@"})
        await api.model("beside")
        await api.until("deployments", "beside", bool)
        await api.patch("trussmodels", "before", {"spec": {"replicas": 2}})
        await api.until("deployments", "before", lambda d: d["spec"]["replicas"] == 2)
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model("after")
        await api.until("deployments", "after", bool)
        await api.patch("trussmodels", "after", {"spec": {"replicas": 2}})
        await api.until("deployments", "after", lambda d: d["spec"]["replicas"] == 2)
