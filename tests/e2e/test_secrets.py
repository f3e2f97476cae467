"""A secret stays where it was put: no status, Event, log, page or metric of ours repeats it.

What a model writes of it into its own log or exception is the model's; these models do not.
"""

import base64
import json
import secrets
from collections.abc import Iterator

import pytest

from cluster import Json, Kubectl, until
from failures import applied, failure_of, trussmodel

TOKEN = f"s3cr3t-{secrets.token_hex(12)}"
"""In a Secret that the models get in every way there is, and looked for everywhere else."""
NAMES = ("fails-with-secrets", "crashes-with-secrets", "serves-with-secrets")
OPERATOR = "trussmodel-system"


def holder(name: str, **env: str) -> Json:
    """A TrussModel that gets the secret as a file, as variables, all at once, and as an API key."""
    spec: Json = {
        "secrets": {"token": {"name": "held", "key": "token"}},
        "envFrom": [{"prefix": "ALL_", "secretRef": {"name": "held"}}],
        "auth": {"secretName": "held"},
    }
    made = trussmodel(name, env=env, **spec)
    reference = {"secretKeyRef": {"name": "held", "key": "token"}}
    made["spec"]["env"].append({"name": "TOKEN", "valueFrom": reference})
    return made


@pytest.fixture(scope="module", autouse=True)
def cluster(kubectl: Kubectl) -> Iterator[Kubectl]:
    data = {"token": base64.b64encode(TOKEN.encode()).decode()}
    yield from applied(
        kubectl,
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "held"}, "data": data},
        holder(NAMES[0], LAB_FAIL="load"),
        holder(NAMES[1], LAB_FAIL="exit"),
        holder(NAMES[2]),
    )


@pytest.fixture(scope="module")
def settled(cluster: Kubectl) -> Kubectl:
    """When two have failed, each in its way, and one serves with the secret in its hands."""
    failure_of(cluster, NAMES[0], "LoadFailed")
    until(
        lambda: cluster.get("trussmodel", NAMES[1]),
        lambda model: model["status"].get("lastFailure", {}).get("phase") == "run",
        90,
    )
    cluster.wait(NAMES[2], "Ready")
    return cluster


def pod_of(cluster: Kubectl, name: str) -> str:
    selector = f"--selector=trussmodel.dev/name={name}"
    pods = json.loads(cluster("get", "pods", selector, "--output=json"))["items"]
    return str(pods[0]["metadata"]["name"])


def read_in(cluster: Kubectl, pod: str, path: str, port: int = 8081, key: str = "") -> str:
    """What the pod's port answers, asked from within."""
    code = (
        "import urllib.request as r;"
        f"q=r.Request('http://127.0.0.1:{port}{path}',headers={{'Authorization':'Bearer {key}'}});"
        "print(r.urlopen(q).read().decode())"
    )
    return run_in(cluster, pod, code)


def run_in(cluster: Kubectl, pod: str, code: str) -> str:
    return cluster("exec", pod, "--container=model", "--", "python3", "-c", code)


@pytest.mark.parametrize("name", NAMES)
def test_no_object_of_ours_holds_it(settled: Kubectl, name: str) -> None:
    kinds = "trussmodels,deployments,replicasets,services,configmaps,controllerrevisions,pods,events"
    said = settled("get", kinds, "--output=yaml", "--show-managed-fields")
    assert name in said
    assert TOKEN not in said
    assert base64.b64encode(TOKEN.encode()).decode() not in said


def test_no_log_holds_it(settled: Kubectl) -> None:
    operator = settled(
        "logs",
        f"--namespace={OPERATOR}",
        "--selector=app.kubernetes.io/name=trussmodel-operator,app.kubernetes.io/component=operator",
        "--tail=-1",
    )
    assert operator
    assert TOKEN not in operator
    for name in NAMES:
        said = settled("logs", f"--selector=trussmodel.dev/name={name}", "--tail=-1")
        assert TOKEN not in said


@pytest.mark.parametrize("path", ["/routes", "/metrics", "/readyz", "/livez"])
def test_no_page_of_the_runtime_holds_it(settled: Kubectl, path: str) -> None:
    said = read_in(settled, pod_of(settled, NAMES[2]), path)
    assert said.strip()
    assert TOKEN not in said


def test_schema_of_the_runtime_does_not_hold_it(settled: Kubectl) -> None:
    said = read_in(settled, pod_of(settled, NAMES[2]), "/openapi.json", 8080, TOKEN)
    assert "/predict" in said
    assert TOKEN not in said


def test_metrics_of_the_operator_do_not_hold_it(settled: Kubectl) -> None:
    pods = json.loads(
        settled(
            "get",
            "pods",
            f"--namespace={OPERATOR}",
            "--output=json",
            "--selector=app.kubernetes.io/name=trussmodel-operator,app.kubernetes.io/component=operator",
        )
    )["items"]
    running = [pod["metadata"]["name"] for pod in pods if pod["status"]["phase"] == "Running"]
    assert running
    for pod in running:
        said = settled("get", "--raw", f"/api/v1/namespaces/{OPERATOR}/pods/{pod}:8080/proxy/metrics")
        assert "trussmodel" in said
        assert TOKEN not in said


def test_model_has_it_nevertheless(settled: Kubectl) -> None:
    """Else nothing could have leaked."""
    code = "import os; print(os.environ['TOKEN'], os.environ['ALL_token'], open('/secrets/token').read())"
    assert run_in(settled, pod_of(settled, NAMES[2]), code).split() == [TOKEN] * 3


def test_pod_holds_no_token_of_the_api(settled: Kubectl) -> None:
    code = "import os; print(os.path.exists('/var/run/secrets/kubernetes.io'))"
    assert run_in(settled, pod_of(settled, NAMES[2]), code).strip() == "False"
