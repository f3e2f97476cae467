"""The admission policy of the security page, on a real API server."""

from functools import partial

import pytest
import yaml

from api import Api, Json, Refused, until
from pages import DOCS, blocks

pytestmark = pytest.mark.asyncio

GROUP = "/apis/admissionregistration.k8s.io/v1"
PLURALS = {
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
}
TOKEN = {"sources": [{"serviceAccountToken": {"path": "token"}}]}
REFUSED: dict[str, Json] = {
    "a pod template": {"podTemplate": {"spec": {"automountServiceAccountToken": True}}},
    "a service account": {"serviceAccountName": "admin"},
    "a token": {"volumes": [{"name": "a", "projected": TOKEN}]},
}


async def trial(api: Api, spec: Json) -> str:
    """What the API server says of such a TrussModel."""
    manifest = {
        "apiVersion": "trussmodel.dev/v1alpha1",
        "kind": "TrussModel",
        "metadata": {"name": "echo"},
        "spec": {"image": "registry.example.com/echo:1", **spec},
    }
    try:
        await api.call("POST", f"{api.path('trussmodels')}?dryRun=All", manifest)
    except Refused as refused:
        return str(refused)
    return ""


async def test_policy_leaves_authors_what_it_says(api: Api) -> None:
    for document in yaml.safe_load_all(blocks(DOCS / "operations" / "security.md", "yaml")[0]):
        await api.call("POST", f"{GROUP}/{PLURALS[document['kind']]}?fieldValidation=Strict", document)
    for spec in REFUSED.values():
        assert await trial(api, spec) == "", "other namespaces are left alone"
    labels = {"metadata": {"labels": {"models": "plain"}}}
    await api.call("PATCH", f"/api/v1/namespaces/{api.namespace}", labels, "application/merge-patch+json")
    # A policy takes effect some seconds later.
    await until(partial(trial, api, REFUSED["a service account"]), bool, 30)
    for what, spec in REFUSED.items():
        assert "are not for this namespace" in await trial(api, spec), what
    assert await trial(api, {"volumes": [{"name": "a", "emptyDir": {}}], "config": {"a": 1}}) == ""
