"""What the spec gives reaches the Model: environment, config, secrets, variables."""

from typing import Any

import httpx2
import pytest

from cluster import Kubectl


@pytest.fixture(scope="module")
def seen(kubectl: Kubectl) -> dict[str, Any]:
    """What the lab model says that it was given."""
    kubectl("create", "secret", "generic", "tokens", "--from-literal=hub=s3cret")
    kubectl("create", "configmap", "settings", "--from-literal=FROM_CONFIG_MAP=yes")
    kubectl.apply(
        {
            "apiVersion": "trussmodel.dev/v1alpha1",
            "kind": "TrussModel",
            "metadata": {"name": "inputs"},
            "spec": {
                "image": "trussmodel/test-lab:0.1.0",
                "environment": "staging",
                "model": "my-model",
                "env": [
                    {"name": "LAB_PLAIN", "value": "plain"},
                    {"name": "TRUSS_DRAIN_SECONDS", "value": "0"},
                ],
                "envFrom": [{"configMapRef": {"name": "settings"}}],
                "secrets": {"hf_token": {"name": "tokens", "key": "hub"}},
                "config": {"model_metadata": {"tags": ["from the resource"]}},
            },
        }
    )
    kubectl.wait("inputs", "Ready")
    with kubectl.port_forward("service/inputs") as base:
        answer = httpx2.post(f"{base}/environments/staging/predict", json={"show": "inputs"})
        models = httpx2.get(f"{base}/v1/models").json()
    found: dict[str, Any] = {**answer.json(), "models": [each["id"] for each in models["data"]]}
    return found
