"""The cluster that `hack/e2e.sh` prepared, seen through kubectl, and a namespace of this run's own in it.

The namespace enforces the restricted Pod Security Standard: a pod that asked for more would not start.
"""

import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster import Kubectl, image

ROOT = Path(__file__).parents[2]
IMAGE = image("test-lab")


@pytest.fixture(scope="session")
def kubectl() -> Iterator[Kubectl]:
    for needed in ("kubectl", "helm"):
        if shutil.which(needed) is None or "KUBECONFIG" not in os.environ:
            pytest.fail("run these tests by `make e2e`, which raises the cluster and finds kubectl and helm")
    name = f"e2e-{secrets.token_hex(3)}"
    labels = {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "latest",
    }
    cluster = Kubectl(name)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    yield cluster
    cluster("delete", "namespace", name, "--wait=false")


@pytest.fixture
def lab(kubectl: Kubectl, request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """Applies a TrussModel of the lab image, `lab(env={...}, **spec)` returns its name."""
    made: list[str] = []

    def make(env: dict[str, str] | None = None, name: str | None = None, **spec: Any) -> str:
        name = name or re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_")).strip("-")[
            :40
        ].strip("-")
        # No request waits on these pods when they go, so they need not drain.
        timeouts = {"drainSeconds": 0}
        kubectl.apply(
            {
                "apiVersion": "trussmodel.dev/v1alpha1",
                "kind": "TrussModel",
                "metadata": {"name": name},
                "spec": {
                    "image": IMAGE,
                    "env": [{"name": key, "value": value} for key, value in (env or {}).items()],
                    "timeouts": timeouts,
                    **spec,
                },
            }
        )
        made.append(name)
        return name

    yield make
    for name in set(made):
        kubectl("delete", "trussmodel", name, "--ignore-not-found", "--wait=false")


@pytest.fixture(scope="session")
def example(kubectl: Kubectl) -> Callable[[str], str]:
    """Applies examples/NAME/trussmodel.yaml once, waits until it is Ready and returns its name."""
    ready: set[str] = set()

    def make(name: str) -> str:
        if name not in ready:
            manifest = yaml.safe_load((ROOT / "examples" / name / "trussmodel.yaml").read_text())
            manifest["spec"]["image"] = image(f"example-{name}")
            kubectl.apply(manifest)
            kubectl.wait(manifest["metadata"]["name"], "Ready")
            ready.add(name)
        return name

    return make
