"""The bundle for the Operator Lifecycle Manager, by the Operator Framework's own validators."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

BUNDLE = Path(__file__).parents[2] / "deploy" / "olm"

Json = dict[str, Any]


@pytest.fixture
def version() -> Json:
    (path,) = (BUNDLE / "manifests").glob("*.clusterserviceversion.yaml")
    document: Json = yaml.safe_load(path.read_text())
    return document


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    binary = shutil.which("operator-verify")
    if binary is None:
        pytest.fail("operator-verify is not on PATH: run these tests by `make chart`, which brings it along")
    command = [binary, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_is_valid() -> None:
    done = verified(BUNDLE)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_one_that_lacks_its_definition_is_not(tmp_path: Path) -> None:
    shutil.copytree(BUNDLE, tmp_path / "olm")
    for path in (tmp_path / "olm" / "manifests").glob("trussmodels.*"):
        path.unlink()
    done = verified(tmp_path / "olm")
    assert done.returncode == 1
    assert "not found in bundle" in done.stdout


def test_the_operator_follows_the_namespaces_of_its_group(version: Json) -> None:
    (deployment,) = version["spec"]["install"]["spec"]["deployments"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    env = {each["name"]: each for each in container["env"]}
    path = env["TRUSS_OPERATOR_NAMESPACES"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert path == "metadata.annotations['olm.targetNamespaces']"
