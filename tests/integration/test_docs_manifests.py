"""Each manifest that the documentation shows is one that the API server takes."""

from typing import Any

import pytest
import yaml

from api import Api
from pages import blocks, name_of, pages

pytestmark = pytest.mark.asyncio


PATHS = {
    "TrussModel": ("trussmodel.dev/v1alpha1", "trussmodels"),
    "NetworkPolicy": ("networking.k8s.io/v1", "networkpolicies"),
    "Ingress": ("networking.k8s.io/v1", "ingresses"),
    "HorizontalPodAutoscaler": ("autoscaling/v2", "horizontalpodautoscalers"),
}
"""Kinds that the pages show and that lie in a namespace: where they go."""


def shown() -> list[Any]:
    found = []
    for page in pages():
        documents = [doc for block in blocks(page, "yaml") for doc in yaml.safe_load_all(block)]
        ours = [doc for doc in documents if doc.get("kind") in PATHS]
        found += [pytest.param(doc, id=f"{name_of(page)}-{number}") for number, doc in enumerate(ours)]
    assert found
    return found


@pytest.mark.parametrize("manifest", shown())
async def test_manifest_of_the_documentation_is_taken(api: Api, manifest: dict[str, Any]) -> None:
    version, plural = PATHS[manifest["kind"]]
    assert manifest["apiVersion"] == version
    path = f"/apis/{version}/namespaces/{api.namespace}/{plural}"

    # Strict: a field that does not exist is refused, not dropped.
    await api.call("POST", f"{path}?dryRun=All&fieldValidation=Strict", manifest)
