"""The manifests of a TrussModel's children: golden files, and properties that hold for any spec."""

from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml
from hypothesis import given, settings

from observed import truss_model
from specs import FIELDS, SPECS
from truss_operator.api.v1alpha1 import TrussModelSpec
from truss_operator.api.v1alpha1.env import RESERVED
from truss_operator.builders.children import build_children
from truss_operator.builders.labels import MANAGED_BY_SELECTOR

GOLDEN = Path(__file__).parent / "golden"
FULL: dict[str, Any] = {
    "image": "registry.example.com/echo:1",
    "environment": "staging",
    "model": "team/echo",
    "replicas": 2,
    "imagePullPolicy": "IfNotPresent",
    "resources": {
        "requests": {"cpu": "500m"},
        "limits": {"nvidia.com/gpu": 1},
        "claims": [{"name": "gpu", "request": "one"}],
    },
    "env": [
        {"name": "HOME", "value": "/home/model"},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
    ],
    "envFrom": [{"prefix": "S3_", "secretRef": {"name": "s3"}}],
    "secrets": {"hf_token": {"name": "hugging-face", "key": "token"}, "api": {"name": "api", "key": "key"}},
    "config": {"model_metadata": {"tags": ["demo"], "nothing": None}},
    "imagePullSecrets": [{"name": "registry"}],
    "serviceAccountName": "models",
    "nodeSelector": {"gpu": "a100"},
    "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
    "concurrency": {"limit": 8, "queue": 64},
    "timeouts": {
        "loadSeconds": 3600,
        "requestSeconds": 300,
        "streamReadSeconds": 30,
        "drainSeconds": 5,
        "graceSeconds": 60,
    },
    "requests": {
        "maxBodyBytes": 1048576,
        "pingSeconds": 10,
        "validate": True,
        "corsOrigins": ["https://app.example.com", "*"],
    },
    "auth": {"secretName": "echo-keys"},
    "podTemplate": {
        "metadata": {"labels": {"team": "search"}, "annotations": {"sidecar.example.com/inject": "true"}},
        "spec": {
            "containers": [
                {"name": "model", "volumeMounts": [{"mountPath": "/dev/shm", "readOnly": True}]},
                {"name": "proxy", "image": "proxy:1"},
            ],
            "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
            "enableServiceLinks": None,
        },
    },
    "probes": {
        "startup": {"failureThreshold": 600},
        "readiness": {"periodSeconds": 2},
        "liveness": {"timeoutSeconds": 10},
    },
    "volumes": [
        {"name": "weights", "persistentVolumeClaim": {"claimName": "echo-weights", "readOnly": True}},
        {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        {"name": "tokenizer", "image": {"reference": "registry.example.com/tokenizer:1"}},
        {"name": "certs", "secret": {"secretName": "certs"}},
    ],
    "volumeMounts": [
        {"name": "weights", "mountPath": "/models", "readOnly": True},
        {"name": "shm", "mountPath": "/dev/shm"},
    ],
    "affinity": {
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {"weight": 1, "podAffinityTerm": {"topologyKey": "kubernetes.io/hostname"}}
            ]
        }
    },
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"}
    ],
    "priorityClassName": "models",
    "runtimeClassName": "nvidia",
    "resourceClaims": [{"name": "gpu", "resourceClaimTemplateName": "one-gpu"}],
    "requiredRoutes": ["predict", "chat_completions"],
    "rollout": {
        "maxSurge": 2,
        "progressDeadlineSeconds": 7200,
        "minReadySeconds": 5,
        "restartedAt": "2026-01-31T12:00:00Z",
        "smoke": {"route": "predict", "body": {"text": "hello"}},
    },
    "paused": True,
}
MINIMAL: dict[str, Any] = {"image": "registry.example.com/echo:1"}


def by_kind(spec: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {child["kind"]: child for child in build_children(truss_model(**spec))}


def container(spec: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = by_kind(spec)["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    return found


@pytest.mark.parametrize(("name", "spec"), [("minimal", MINIMAL), ("full", FULL)])
def test_the_manifests_are_those_of_the_golden_file(name: str, spec: dict[str, Any]) -> None:
    assert build_children(truss_model(**spec)) == list(
        yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text())
    )


def test_the_full_example_uses_every_field() -> None:
    assert set(FULL) == {field.alias for field in TrussModelSpec.model_fields.values()} == {"image", *FIELDS}


@pytest.mark.parametrize("field", sorted(set(FULL) - {"image"}))
def test_every_field_of_spec_has_effect(field: str) -> None:
    assert build_children(truss_model(**MINIMAL)) != build_children(
        truss_model(**{**MINIMAL, field: FULL[field]})
    )


def test_what_a_pod_mounts_is_applied_before_the_pod() -> None:
    kinds = [child["kind"] for child in build_children(truss_model(**FULL))]
    assert kinds == ["ConfigMap", "Service", "Deployment", "PodDisruptionBudget"]


@pytest.mark.parametrize("release", ["1.31", "1.37"])
@settings(max_examples=15, deadline=None)
@given(spec=SPECS)
def test_any_spec_makes_manifests_that_kubernetes_takes(release: str, spec: dict[str, Any]) -> None:
    for child in build_children(truss_model(**spec)):
        assert kubernetes_validate.validate(child, release, strict=True)


@given(spec=SPECS)
def test_every_child_is_owned_labelled_and_in_the_namespace(spec: dict[str, Any]) -> None:
    key, value = MANAGED_BY_SELECTOR.split("=")
    for child in build_children(truss_model(**spec)):
        (owner,) = child["metadata"]["ownerReferences"]
        assert (owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == ("7d1f", True, True)
        assert child["metadata"]["namespace"] == "ml"
        assert child["metadata"]["labels"][key] == value


@given(spec=SPECS)
def test_the_selectors_never_depend_on_spec(spec: dict[str, Any]) -> None:
    """A Deployment's selector cannot be changed."""
    children = by_kind(spec)
    assert children["Deployment"]["spec"]["selector"] == {"matchLabels": {"trussmodel.dev/name": "echo"}}
    assert children["Service"]["spec"]["selector"] == {"trussmodel.dev/name": "echo"}
    template = children["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert template["trussmodel.dev/name"] == "echo"


@given(spec=SPECS)
def test_every_pod_is_restricted(spec: dict[str, Any]) -> None:
    """The fields that Pod Security's profile restricted looks at."""
    pod = by_kind(spec)["Deployment"]["spec"]["template"]["spec"]
    only = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert only["securityContext"]["allowPrivilegeEscalation"] is False
    assert only["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {kind for volume in pod["volumes"] for kind in volume} <= {
        "name",
        "emptyDir",
        "configMap",
        "projected",
        "persistentVolumeClaim",
        "image",
        "csi",
        "secret",
    }


@given(spec=SPECS)
def test_no_variable_is_set_twice(spec: dict[str, Any]) -> None:
    names = [variable["name"] for variable in container(spec)["env"]]
    assert len(names) == len(set(names))


def test_every_variable_that_the_operator_sets_is_reserved_or_may_be_the_user_s() -> None:
    names = {variable["name"] for variable in container({**MINIMAL, "config": {"a": 1}})["env"]}
    assert names - {"HOME"} <= set(RESERVED)


def test_secrets_are_files_and_never_in_the_environment() -> None:
    assert "hugging-face" not in str(container(FULL)["env"])
    volumes = by_kind(FULL)["Deployment"]["spec"]["template"]["spec"]["volumes"]
    assert "hugging-face" in str([volume for volume in volumes if "projected" in volume])


@pytest.mark.parametrize(
    ("timeouts", "seconds"),
    [({}, 135), ({"drainSeconds": 0}, 125), ({"drainSeconds": 20, "graceSeconds": 600}, 625)],
)
def test_a_pod_may_take_to_end_what_the_runtime_takes(timeouts: dict[str, int], seconds: int) -> None:
    pod = by_kind({**MINIMAL, "timeouts": timeouts})["Deployment"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] == seconds


@pytest.mark.parametrize(("load", "deadline"), [(None, 2400), (60, 2400), (7200, 7800)])
def test_a_rollout_waits_longer_than_a_load_may_take(load: int | None, deadline: int) -> None:
    timeouts = {} if load is None else {"loadSeconds": load}
    deployment = by_kind({**MINIMAL, "timeouts": timeouts})["Deployment"]
    assert deployment["spec"]["progressDeadlineSeconds"] == deadline


def test_pods_are_spread_among_those_of_their_model_unless_a_selector_says_otherwise() -> None:
    zone = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    other = {**zone, "labelSelector": {"matchLabels": {"a": "b"}}}
    pod = by_kind({**MINIMAL, "topologySpreadConstraints": [zone, other]})["Deployment"]["spec"]["template"][
        "spec"
    ]
    one, two = pod["topologySpreadConstraints"]
    assert one["labelSelector"] == {"matchLabels": {"trussmodel.dev/name": "echo"}}
    assert two == other
