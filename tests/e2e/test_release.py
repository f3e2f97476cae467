"""The chart's life on a cluster: installed, upgraded, rolled back, uninstalled, by Helm 3 and Helm 4."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster import Json, Kubectl, image
from helm import Release, helm_program
from load_pod import load_pod

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]

(FORMER,) = (Path(__file__).parent / "releases").glob("*.tgz")
NAME, NAMESPACE = "trussmodel-operator", "trussmodel-system"
HOME = Kubectl(NAMESPACE)
TESTS = dict(zip(("repository", "tag"), image("test-lab").rsplit(":", 1), strict=True))


@pytest.fixture(scope="module")
def three() -> Release:
    return Release(helm_program(3), NAME, NAMESPACE)


@pytest.fixture(scope="module")
def four() -> Release:
    return Release(helm_program(4), NAME, NAMESPACE)


@pytest.fixture(scope="module")
def values(four: Release) -> Iterator[Json]:
    """The values that the operator is installed with; afterwards it is installed as it was."""
    found = json.loads(four("get", "values", NAME, "--output", "json"))
    yield found
    four.upgrade(found)


@pytest.fixture
def absent(values: Json, four: Release) -> None:
    """No operator is installed; the definition is kept."""
    four.uninstall()


@pytest.fixture
def team(kubectl: Kubectl) -> Iterator[str]:
    """Somebody who may do anything in the release's namespace and one more, and make the definition."""
    user = kubectl.namespace
    definitions = ("--resource=customresourcedefinitions", "--verb=create,get,patch")
    bound = ("rolebinding", user, "--clusterrole=cluster-admin", f"--user={user}")
    HOME("create", "clusterrole", user, *definitions)
    HOME("create", "clusterrolebinding", user, f"--clusterrole={user}", f"--user={user}")
    for namespace in (HOME, kubectl):
        namespace("create", *bound)
    yield user
    for namespace in (HOME, kubectl):
        namespace("delete", "rolebinding", user)
    HOME("delete", f"clusterrolebinding/{user}", f"clusterrole/{user}")


def served(kubectl: Kubectl, name: str) -> Json:
    """Which pods there are and since when they run, and which resource they are of."""
    pods = kubectl.list("pods", f"trussmodel.dev/name={name}")
    return {
        "pods": {pod["metadata"]["uid"]: pod["status"]["containerStatuses"][0]["state"] for pod in pods},
        "model": kubectl.get("trussmodel", name)["metadata"]["uid"],
    }


def test_no_model_notices_what_helm_3_and_helm_4_do_with_a_release(
    kubectl: Kubectl, lab: Callable[..., str], values: Json, three: Release, four: Release
) -> None:
    name = lab(name="released")
    kubectl.wait(name, "Ready")
    before = served(kubectl, name)

    with load_pod(kubectl, f"http://{name}", name="load-release") as load:
        begun = datetime.now(UTC)
        four.uninstall()

        three.upgrade(values, chart=FORMER)
        four.upgrade(values)  # what Helm 3 installed
        three.rollback()  # what Helm 4 upgraded
        three.upgrade(values)
        three.uninstall()

        four.upgrade(values, chart=FORMER)
        four.upgrade(values)
        four.rollback()
        three.uninstall()  # what Helm 4 installed
        report = load.report(begun)

    assert served(kubectl, name) == before
    assert report.lost == []
    assert report.taken
    assert all(report.taken.values())  # calls and streams went on; how many is the machine's affair


def test_team_installs_a_release_of_its_namespace_by_itself_and_does_what_its_notes_say(
    absent: None, kubectl: Kubectl, values: Json, three: Release, team: str
) -> None:
    release = replace(three, user=team)
    release.upgrade({**values, "tests": TESTS, "watch": {"namespaces": [kubectl.namespace]}})

    notes = release("get", "notes", NAME)
    (shown,) = re.findall(r"`(kubectl .*)`", notes)
    commands = "\n".join(re.findall(r"^    (.*)", notes, re.MULTILINE))
    commands = commands.replace("registry.example.com/echo:1.0.0", image("test-lab"))
    bash = ["bash", "-euxc", f"{commands}\n{shown}"]
    done = subprocess.run(bash, env=release.environment, capture_output=True, text=True, check=False)

    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "it answers /predict and /v1/chat/completions" in told
    assert f"in namespace {kubectl.namespace}" in told
    assert re.search("^echo ", told, re.MULTILINE)
    kubectl.wait("echo", "Ready")
    kubectl("delete", "trussmodel", "echo", "--wait=false")
    ours = ("--selector", f"app.kubernetes.io/instance={NAME}", "--output", "name")
    (definition,) = HOME("get", "crd,clusterroles,clusterrolebindings", *ours).split()
    assert definition == "customresourcedefinition.apiextensions.k8s.io/trussmodels.trussmodel.dev"
    release.uninstall()
