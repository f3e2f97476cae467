"""The API server gives the operator's calls the share that the chart asks for."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from controlplane import ROOT, ControlPlane

PATH = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
LEASE = "/apis/coordination.k8s.io/v1/namespaces/{}/leases/trussmodel-operator"


@pytest.fixture(scope="module")
def schemas(plane: ControlPlane) -> Iterator[dict[str, dict[str, Any]]]:
    """Those that the chart renders with every value set, as the API server has them, by name."""
    rendered = (ROOT / "tests/chart/snapshots/full-values.yaml").read_text()
    wanted = [one for one in yaml.safe_load_all(rendered) if one and one["kind"] == "FlowSchema"]
    with plane.client() as client:
        made = [client.post(PATH, json=one).raise_for_status().json() for one in wanted]
        yield {one["metadata"]["name"]: one for one in made}
        for one in made:
            client.delete(f"{PATH}/{one['metadata']['name']}").raise_for_status()


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/apis/trussmodel.dev/v1alpha1/trussmodels", "models-operator"),
        ("/api/v1/namespaces/ml/services/echo", "models-operator"),
        (LEASE.format("{own}"), "models-operator-lease"),
        (LEASE.format("ml"), "models-operator"),
    ],
)
def test_call_of_the_operator_is_of_its_flow(
    plane: ControlPlane, schemas: dict[str, dict[str, Any]], path: str, name: str
) -> None:
    account = schemas["models-operator"]["spec"]["rules"][0]["subjects"][0]["serviceAccount"]
    user = f"system:serviceaccount:{account['namespace']}:{account['name']}"
    groups = ["system:authenticated", "system:serviceaccounts"]
    headers = [("Impersonate-User", user), *(("Impersonate-Group", group) for group in groups)]
    with plane.client() as client:
        answer = client.get(path.format(own=account["namespace"]), headers=headers)
    # Told of every call, also of one that is not allowed.
    assert answer.headers["X-Kubernetes-PF-FlowSchema-UID"] == schemas[name]["metadata"]["uid"]
