"""deploy/install.yaml, for people without Helm, as it is and as a base of kustomize."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml

Json = dict[str, Any]
Render = Callable[..., list[Json]]

DEPLOY = Path(__file__).parents[2] / "deploy"
PLAIN: list[Json] = list(yaml.safe_load_all((DEPLOY / "install.yaml").read_text()))


def by_kind(manifests: list[Json], kind: str) -> Json:
    (found,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


@pytest.fixture
def kustomized(tmp_path: Path) -> Callable[..., list[Json]]:
    """What `kubectl kustomize` makes of an overlay over deploy/."""

    def build(**overlay: Any) -> list[Json]:
        if shutil.which("kubectl") is None:
            pytest.fail("kubectl is not on PATH: run these tests by `make chart`, which brings it along")
        shutil.copytree(DEPLOY, tmp_path / "base")
        head = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
        (tmp_path / "kustomization.yaml").write_text(
            yaml.safe_dump({**head, "resources": ["base"], **overlay})
        )
        command = ["kubectl", "kustomize", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return [document for document in yaml.safe_load_all(done.stdout) if document]

    return build


@pytest.mark.parametrize("kubernetes", ["1.31", "1.37"])
def test_they_are_valid_on_the_oldest_and_newest_kubernetes(kubernetes: str) -> None:
    for manifest in PLAIN:
        kubernetes_validate.validate(manifest, kubernetes, strict=True)


def test_they_hold_what_the_chart_installs(render: Render) -> None:
    installed = {(m["kind"], m["metadata"]["name"]) for m in render("--skip-tests")}
    namespace = ("Namespace", "trussmodel-system")
    assert {(m["kind"], m["metadata"]["name"]) for m in PLAIN} == installed | {namespace}


def test_the_namespace_comes_first_and_enforces_restricted_pod_security() -> None:
    assert PLAIN[0]["kind"] == "Namespace"
    assert PLAIN[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_they_do_not_say_that_helm_made_them() -> None:
    assert "helm" not in yaml.safe_dump_all(PLAIN).lower()


def test_the_selector_finds_the_pod() -> None:
    spec = by_kind(PLAIN, "Deployment")["spec"]
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()


def test_an_overlay_sets_the_image(kustomized: Callable[..., list[Json]]) -> None:
    made = kustomized(
        images=[{"name": "trussmodel/operator", "newName": "example.com/operator", "newTag": "1"}]
    )
    containers = by_kind(made, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert containers[0]["image"] == "example.com/operator:1"


def test_an_overlay_moves_all_of_it_into_another_namespace(kustomized: Callable[..., list[Json]]) -> None:
    made = kustomized(namespace="models")
    assert {m["metadata"].get("namespace", "models") for m in made} == {"models"}
    assert by_kind(made, "ClusterRoleBinding")["subjects"][0]["namespace"] == "models"
