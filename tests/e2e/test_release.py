"""The chart's life on a cluster: tested, upgraded, rolled back, uninstalled, and no model notices."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster import Json, Kubectl, image
from load_pod import load_pod

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "trussmodel-operator"
(FORMER,) = (Path(__file__).parent / "releases").glob("*.tgz")
RELEASE, NAMESPACE = "trussmodel-operator", "trussmodel-system"


def helm(*arguments: str | Path) -> str:
    command = ["helm", "--namespace", NAMESPACE, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def upgrade(chart: Path, values: Path, *flags: str) -> None:
    helm("upgrade", "--install", RELEASE, chart, "--values", values, "--wait", "--timeout", "120s", *flags)


@pytest.fixture
def values(tmp_path: Path) -> Iterator[Path]:
    """The values that the operator is installed with; afterwards it is installed as it was."""
    path = tmp_path / "values.json"
    path.write_text(helm("get", "values", RELEASE, "--output", "json"))
    yield path
    upgrade(CHART, path, "--take-ownership")


def served(kubectl: Kubectl, name: str) -> Json:
    """Which pods there are and since when they run, and which resource they are of."""
    pods = kubectl.list("pods", f"trussmodel.dev/name={name}")
    return {
        "pods": {pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["state"] for pod in pods},
        "model": kubectl.get("trussmodel", name)["metadata"]["uid"],
    }


def test_no_model_notices_an_upgrade_a_rollback_and_an_uninstall(
    kubectl: Kubectl, lab: Callable[..., str], values: Path
) -> None:
    upgrade(FORMER, values)
    name = lab(name="released")
    kubectl.wait(name, "Ready")
    before = served(kubectl, name)

    with load_pod(kubectl, f"http://{name}", name="load-release") as load:
        begun = datetime.now(UTC)
        upgrade(CHART, values)
        helm("rollback", RELEASE, "--wait", "--timeout", "120s")
        helm("uninstall", RELEASE, "--wait")
        report = load.report(begun)

    assert served(kubectl, name) == before
    assert report.lost == []
    assert report.taken
    assert all(report.taken.values())  # calls and streams went on; how many is the machine's affair


def test_helm_test_serves_a_model_in_a_namespace_that_enforces_restricted_pod_security(
    values: Path, tmp_path: Path
) -> None:
    Kubectl(NAMESPACE)("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    own = tmp_path / "own.json"
    repository, _, tag = image("test-lab").rpartition(":")
    tests = {"repository": repository, "tag": tag}
    own.write_text(json.dumps({**json.loads(values.read_text()), "tests": tests}))
    upgrade(CHART, own)

    told = helm("test", RELEASE, "--logs", "--timeout", "120s")

    Kubectl(NAMESPACE)("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce-")
    assert "it answers /predict and /v1/chat/completions" in told
    assert Kubectl(NAMESPACE)("get", "trussmodels") == ""
