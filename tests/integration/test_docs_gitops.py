"""The GitOps guide: its manifests against the tools' own definitions, its promises against kubectl."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from api import Api, Json, Refused, reason, until
from chart import rendered
from controlplane import ROOT
from kubectl import Kubectl
from operating import Operating
from pages import DOCS, blocks

pytestmark = pytest.mark.asyncio

PAGE = DOCS / "guides" / "gitops.md"
SHOWN: list[Json] = [doc for block in blocks(PAGE, "yaml") for doc in yaml.safe_load_all(block)]
TOOLS = [doc for doc in SHOWN if doc["kind"] != "TrussModel"]
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def tools_definitions() -> list[Json]:
    """Those of Argo CD and Flux, as they ship."""
    folder = os.environ.get("GITOPS_CRDS")
    assert folder, "GITOPS_CRDS is not set: run these tests by `make integration`, which fetches them"
    return [yaml.safe_load(file.read_text()) for file in sorted(Path(folder).glob("*.yaml"))]


def place(crd: Json, version: str, namespace: str = "") -> str:
    """Where objects of that kind are."""
    folder = f"namespaces/{namespace}/" if namespace else ""
    return f"/apis/{crd['spec']['group']}/{version}/{folder}{crd['spec']['names']['plural']}"


async def installed(api: Api) -> dict[tuple[str, str], Json]:
    """The definitions by kind, once their objects can be listed."""
    found = {}
    for crd in tools_definitions():
        await api.call("POST", DEFINITIONS, crd)
        for version in (each["name"] for each in crd["spec"]["versions"]):

            async def served(path: str = place(crd, version)) -> bool:
                try:
                    await api.call("GET", path)
                except Refused as refused:
                    if refused.code not in (404, 429):
                        raise
                    return False
                return True

            await until(served, bool)
            found[f"{crd['spec']['group']}/{version}", crd["spec"]["names"]["kind"]] = crd
    return found


async def test_manifests_are_what_the_tools_take(api: Api) -> None:
    known = await installed(api)
    assert {doc["kind"] for doc in TOOLS} == {"Application", "GitRepository", "HelmRelease", "Kustomization"}
    for doc in TOOLS:
        crd = known[doc["apiVersion"], doc["kind"]]
        path = place(crd, doc["apiVersion"].partition("/")[2], api.namespace)
        here = {**doc, "metadata": {**doc["metadata"], "namespace": api.namespace}}
        await api.call("POST", f"{path}?dryRun=All&fieldValidation=Strict", here)


def values() -> list[Json]:
    """What the page gives to the chart."""
    sources = [doc["spec"].get("source", {}).get("helm", {}).get("valuesObject") for doc in TOOLS]
    return [found for found in (*sources, *(doc["spec"].get("values") for doc in TOOLS)) if found]


async def test_values_are_what_the_chart_takes() -> None:
    assert len(values()) == 2
    for each in values():
        assert rendered(each, "trussmodel-system")


async def test_folders_of_the_page_are_there() -> None:
    shown = [doc["spec"]["source"]["path"] for doc in TOOLS if doc["kind"] == "Application"]
    shown += [doc["spec"]["chart"]["spec"]["chart"] for doc in TOOLS if doc["kind"] == "HelmRelease"]
    ours = [path for path in shown if path.startswith("charts/")]
    assert len(ours) == 2
    assert all((ROOT / path / "Chart.yaml").exists() for path in ours)


async def test_what_one_kustomization_depends_on_is_there() -> None:
    names = {doc["metadata"]["name"] for doc in TOOLS if doc["kind"] == "Kustomization"}
    needed = {each["name"] for doc in TOOLS for each in doc["spec"].get("dependsOn", ())}
    assert needed <= names


async def test_definition_is_kept_when_the_chart_goes() -> None:
    [crd] = [m for m in rendered({}, "trussmodel-system") if m["kind"] == "CustomResourceDefinition"]
    assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


@pytest.mark.parametrize("way", [(), ("--server-side",)], ids=["client-side", "server-side"])
async def test_restart_survives_an_apply_of_what_is_in_git(
    api: Api, kubectl: Kubectl, operator: Operating, way: tuple[str, ...]
) -> None:
    model = next(doc for doc in SHOWN if doc["kind"] == "TrussModel")
    in_git: dict[str, Any] = {**model, "metadata": {"name": model["metadata"]["name"]}}
    name = in_git["metadata"]["name"]
    assert (await kubectl("apply", *way, "--filename=-", manifest=in_git))[0] == 0
    restart = {"spec": {"rollout": {"restartedAt": "2026-01-31T12:00:00Z"}}}
    await api.patch("trussmodels", name, restart, manager="kubectl-trussmodel")
    await api.until("trussmodels", name, lambda m: bool(reason(m)))
    assert (await kubectl("apply", *way, "--filename=-", manifest=in_git))[0] == 0
    assert (await api.get("trussmodels", name))["spec"]["rollout"]["restartedAt"] == "2026-01-31T12:00:00Z"
