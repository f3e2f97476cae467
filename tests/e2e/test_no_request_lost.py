"""Whatever happens to a model, its pods, its node or the operator: every request gets a whole answer.

One pod calls one model all the time, plainly and streaming, on kept and on new connections; each test
disturbs the model and asks what came of the calls meanwhile.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from cluster import Json, Kubectl, condition, image, until
from load_pod import LoadPod, Report, load_pod

pytestmark = [pytest.mark.alone, pytest.mark.timeout(180)]

OPERATOR = Kubectl("trussmodel-system")
DEPLOYMENT = "deployment/trussmodel-operator"
NAME = "steady"
ABSENT_SECONDS = float(os.environ.get("OPERATOR_ABSENT_SECONDS", "15"))
WORKERS = "!node-role.kubernetes.io/control-plane"


@dataclass(frozen=True)
class Steady:
    """The model, and the pod that calls it."""

    kubectl: Kubectl
    load: LoadPod

    def change(self, **spec: object) -> None:
        self.kubectl(
            "patch", "trussmodel", NAME, "--type=merge", "--patch", json.dumps({"spec": spec}, default=str)
        )

    def model(self) -> Json:
        return self.kubectl.get("trussmodel", NAME)

    def pods(self) -> list[Json]:
        """Those that are not on their way out."""
        pods = self.kubectl.list("pods", f"trussmodel.dev/name={NAME}")
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def reach(self, replicas: int, reason: str = "Serving") -> Json:
        """Waits until so many pods serve, of the revision that spec wants or of the restored one."""

        def reached(model: Json) -> bool:
            status = model["status"]
            return bool(
                status["observedGeneration"] == model["metadata"]["generation"]
                and condition(model, "Ready").get("reason") == reason
                and status["replicasSummary"] == f"{replicas}/{replicas}"
            )

        return until(self.model, reached, 90)

    @contextmanager
    def losing_nothing(self) -> Iterator[None]:
        """Fails if a request was lost while the context lasted."""
        begun = datetime.now(UTC)
        yield
        check(self.load.report(begun))


def check(report: Report) -> None:
    for line in report.lines():
        print(line)
    assert report.lost == []
    assert len(report.taken) == 4, "some callers have got no answer"
    assert all(report.taken.values())


@pytest.fixture(scope="module")
def steady(kubectl: Kubectl) -> Iterator[Steady]:
    """Two replicas, on the worker node if there is one; timeouts are the defaults."""
    preference = {"matchExpressions": [{"key": WORKERS.strip("!"), "operator": "DoesNotExist"}]}
    affinity = {
        "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "preference": preference}]
        }
    }
    spec = {"image": image("test-lab"), "replicas": 2, "affinity": affinity}
    kubectl.apply(
        {
            "apiVersion": "trussmodel.dev/v1alpha1",
            "kind": "TrussModel",
            "metadata": {"name": NAME},
            "spec": spec,
        }
    )
    kubectl.wait(NAME, "Ready")
    with load_pod(kubectl, f"http://{NAME}") as load:
        yield Steady(kubectl, load)
    kubectl("delete", "trussmodel", NAME, "--wait=false")


@pytest.fixture
def drained(steady: Steady) -> Iterator[Callable[[], None]]:
    """Drains the worker of the model's pods; `drained()` returns when the last one is gone from there."""
    workers = json.loads(steady.kubectl("get", "nodes", "--selector", WORKERS, "--output", "json"))["items"]
    assert workers, "the cluster has no second node: `make e2e` gives its kind cluster one"
    node = workers[0]["metadata"]["name"]

    def drain() -> None:
        steady.kubectl(
            "drain",
            node,
            f"--pod-selector=trussmodel.dev/name={NAME}",
            "--ignore-daemonsets",
            "--delete-emptydir-data",
            "--timeout=120s",
        )

    assert all(pod["spec"]["nodeName"] == node for pod in steady.pods())
    yield drain
    steady.kubectl("uncordon", node)


def test_in_an_update(steady: Steady) -> None:
    with steady.losing_nothing():
        steady.change(env=[{"name": "REVISION", "value": "2"}])
        steady.reach(2)


def test_in_a_rollback(steady: Steady) -> None:
    with steady.losing_nothing():
        steady.change(env=[{"name": "LAB_FAIL", "value": "import"}])
        steady.reach(2, "RolledBack")
        steady.change(env=[{"name": "REVISION", "value": "2"}])
        steady.reach(2)


def test_when_the_operator_is_restarted_or_absent(steady: Steady) -> None:
    with steady.losing_nothing():
        OPERATOR("rollout", "restart", DEPLOYMENT)
        OPERATOR("rollout", "status", DEPLOYMENT, "--timeout=120s")
        OPERATOR("scale", DEPLOYMENT, "--replicas=0")
        try:
            steady.kubectl("delete", "pod", steady.pods()[0]["metadata"]["name"], "--wait=false")
            time.sleep(ABSENT_SECONDS)  # that nothing happens is what is looked at
        finally:
            OPERATOR("scale", DEPLOYMENT, "--replicas=1")
            OPERATOR("rollout", "status", DEPLOYMENT, "--timeout=120s")
        steady.reach(2)


def test_when_its_node_is_drained(steady: Steady, drained: Callable[[], None]) -> None:
    with steady.losing_nothing():
        drained()
        steady.reach(2)


def test_when_it_is_scaled_up_and_down(steady: Steady) -> None:
    with steady.losing_nothing():
        steady.kubectl("scale", "trussmodel", NAME, "--replicas=4")
        steady.reach(4)
        steady.kubectl("scale", "trussmodel", NAME, "--replicas=1")
        steady.reach(1)


def test_when_its_only_pod_is_deleted(steady: Steady) -> None:
    """It drains for longer than the next one takes to start, and the Service goes on sending to it."""
    steady.reach(1)
    (pod,) = steady.pods()
    with steady.losing_nothing():
        steady.kubectl("delete", "pod", pod["metadata"]["name"])
        steady.reach(1)
        (other,) = steady.pods()
    assert other["metadata"]["uid"] != pod["metadata"]["uid"]


def test_endpoint_of_a_pod_leaves_before_its_socket_closes(steady: Steady) -> None:
    steady.reach(1)
    (pod,) = steady.pods()
    address = pod["status"]["podIP"]

    steady.kubectl("delete", "pod", pod["metadata"]["name"], "--wait=false")

    left = until(lambda: endpoint(steady, address), lambda found: not found["ready"])
    assert left == {"ready": False, "serving": True, "terminating": True}
    code = (
        f"import urllib.request as r; answer = r.urlopen('http://{address}:8080/v1/models');"
        "print(answer.status, answer.headers['connection'])"
    )
    assert steady.kubectl("exec", "load", "--", "python3", "-c", code) == "200 close\n"


def endpoint(steady: Steady, address: str) -> Json:
    """The conditions of a pod's endpoint."""
    slices = steady.kubectl.list("endpointslices", f"kubernetes.io/service-name={NAME}")
    found: Json = next(
        each["conditions"] for part in slices for each in part["endpoints"] if each["addresses"] == [address]
    )
    return found
