"""What the spec gives reaches the Model: environment, config, secrets, variables."""

from typing import Any

import httpx2
import pytest

from cluster import Kubectl, image


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
                "image": image("test-lab"),
                "environment": "staging",
                "model": "my-model",
                "env": [{"name": "LAB_PLAIN", "value": "plain"}],
                "timeouts": {"drainSeconds": 0},
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


def test_environment_reaches_the_constructor(seen: dict[str, Any]) -> None:
    assert seen["environment"] == {"name": "staging"}


def test_config_is_merged_over_config_yaml(seen: dict[str, Any]) -> None:
    assert seen["config"]["model_metadata"]["tags"] == ["from the resource"]
    assert seen["config"]["model_name"]


def test_secret_is_looked_up_by_its_name_in_spec(seen: dict[str, Any]) -> None:
    assert seen["secrets"]["hf_token"] == "s3cret"


def test_secret_stays_out_of_the_environment(seen: dict[str, Any]) -> None:
    assert "s3cret" not in seen["variables"].values()


def test_env_and_env_from_set_variables(seen: dict[str, Any]) -> None:
    assert (seen["variables"]["LAB_PLAIN"], seen["variables"]["FROM_CONFIG_MAP"]) == ("plain", "yes")


def test_model_name_is_the_one_that_clients_see(seen: dict[str, Any]) -> None:
    assert seen["models"] == ["my-model"]


def test_model_does_not_run_as_root(seen: dict[str, Any]) -> None:
    assert seen["user"] == 60000
