"""Each manifest that the documentation shows is one that the API server takes."""

from typing import Any

import pytest
import yaml

from api import Api
from pages import blocks, name_of, pages

pytestmark = pytest.mark.asyncio


def shown() -> list[Any]:
    found = []
    for page in pages():
        documents = [doc for block in blocks(page, "yaml") for doc in yaml.safe_load_all(block)]
        models = [doc for doc in documents if doc.get("kind") == "TrussModel"]
        found += [pytest.param(doc, id=f"{name_of(page)}-{number}") for number, doc in enumerate(models)]
    assert found
    return found


@pytest.mark.parametrize("manifest", shown())
async def test_manifest_of_the_documentation_is_taken(api: Api, manifest: dict[str, Any]) -> None:
    path = f"/apis/trussmodel.dev/v1alpha1/namespaces/{api.namespace}/trussmodels"

    # Strict: a field that does not exist is refused, not dropped.
    await api.call("POST", f"{path}?dryRun=All&fieldValidation=Strict", manifest)
