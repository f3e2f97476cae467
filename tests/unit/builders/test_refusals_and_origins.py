"""What is refused of podTemplate, and how a field of the Deployment is told in terms of spec."""

from typing import Any

import pytest

from observed import truss_model
from truss_operator.builders.origin import origin_of
from truss_operator.builders.refusals import refusals_of

TEMPLATE = {
    "spec": {
        "containers": [{"name": "model", "lifecycle": {}, "resources": {"limits": {"memory": "x"}}}],
        "tolerations": [{"key": "a"}],
    }
}
MANIFEST = {
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "model", "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}]},
                    {"name": "proxy"},
                ],
                "volumes": [{"name": "tmp"}, {"name": "weights"}],
            }
        }
    }
}


@pytest.mark.parametrize(
    ("pod", "field"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"hostPID": True}, "hostPID"),
        ({"hostIPC": True}, "hostIPC"),
        ({"volumes": [{"name": "a"}, {"name": "b", "hostPath": {"path": "/"}}]}, "volumes[1].hostPath"),
        (
            {"containers": [{"name": "a", "securityContext": {"privileged": True}}]},
            "containers[0].securityContext.privileged",
        ),
        (
            {"initContainers": [{"name": "a", "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}]},
            "initContainers[0].securityContext.capabilities.add",
        ),
        (
            {"securityContext": {"windowsOptions": {"hostProcess": True}}},
            "securityContext.windowsOptions.hostProcess",
        ),
        (
            {"containers": [{"name": "a", "ports": [{"containerPort": 1}, {"hostPort": 80}]}]},
            "containers[0].ports[1].hostPort",
        ),
        (
            {"containers": [{"name": "a", "livenessProbe": {"httpGet": {"host": "10.0.0.1"}}}]},
            "containers[0].livenessProbe.httpGet.host",
        ),
        (
            {"initContainers": [{"name": "a", "lifecycle": {"postStart": {"tcpSocket": {"host": "x"}}}}]},
            "initContainers[0].lifecycle.postStart.tcpSocket.host",
        ),
        (
            {"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced"}, {"name": "kernel.msgmax"}]}},
            "securityContext.sysctls[1].name",
        ),
        (
            {"containers": [{"name": "a", "securityContext": {"procMount": "Unmasked"}}]},
            "containers[0].securityContext.procMount",
        ),
        (
            {"securityContext": {"seccompProfile": {"type": "Unconfined"}}},
            "securityContext.seccompProfile.type",
        ),
        (
            {"containers": [{"name": "a", "securityContext": {"appArmorProfile": {"type": "Unconfined"}}}]},
            "containers[0].securityContext.appArmorProfile.type",
        ),
        ({"securityContext": {"seLinuxOptions": {"role": "system_r"}}}, "securityContext.seLinuxOptions"),
        ({"containers": [{"name": "model", "image": "other:1"}]}, "containers[0].image"),
        (
            {"containers": [{"name": "model", "env": [{"name": "A"}, {"name": "TRUSS_CONFIG"}]}]},
            "containers[0].env[1].name",
        ),
    ],
)
def test_what_would_leave_the_box_is_refused_with_field_and_remedy(pod: dict[str, Any], field: str) -> None:
    (only,) = refusals_of(truss_model(podTemplate={"spec": pod}))
    assert only.startswith(f"spec.podTemplate.spec.{field}: ")
    assert len(only) > len(field) + 50


@pytest.mark.parametrize(
    "pod",
    [
        {},
        {"hostNetwork": False, "volumes": [{"name": "a", "emptyDir": {}}]},
        {"containers": [{"name": "proxy", "image": "proxy:1", "env": [{"name": "TRUSS_CONFIG"}]}]},
        {"containers": [{"name": "model", "securityContext": {"capabilities": {"drop": ["ALL"]}}}]},
        {"containers": "none", "volumes": [7], "securityContext": []},
        {"securityContext": {"sysctls": [7], "seLinuxOptions": "s0", "seccompProfile": ["Unconfined"]}},
        {"containers": [{"lifecycle": "none", "livenessProbe": {"httpGet": 7}, "ports": {}}]},
        {"securityContext": {"seLinuxOptions": {"level": "s0:c1", "type": "container_t"}}},
        {"containers": [{"name": "a", "securityContext": {"runAsUser": 0, "procMount": "Default"}}]},
    ],
)
def test_anything_else_is_left_to_the_api_server(pod: dict[str, Any]) -> None:
    assert refusals_of(truss_model(podTemplate={"spec": pod})) == ()


@pytest.mark.parametrize(("profile", "refused"), [("unconfined", 1), ("runtime/default", 0)])
def test_a_profile_that_an_annotation_takes_away_is_refused(profile: str, refused: int) -> None:
    key = "container.apparmor.security.beta.kubernetes.io/model"
    found = refusals_of(
        truss_model(podTemplate={"metadata": {"annotations": {key: profile, "a": "unconfined"}}})
    )
    assert len(found) == refused
    assert all(each.startswith(f"spec.podTemplate.metadata.annotations[{key}]: ") for each in found)


def test_without_a_pod_template_nothing_is_refused() -> None:
    assert refusals_of(truss_model()) == ()


@pytest.mark.parametrize(
    ("field", "origin"),
    [
        ("spec.template.spec.affinity.nodeAffinity", "spec.affinity.nodeAffinity"),
        ("spec.template.spec.volumes[1].csi.driver", 'spec.volumes[name="weights"].csi.driver'),
        ('spec.template.spec.volumes[name="weights"].csi', 'spec.volumes[name="weights"].csi'),
        ("spec.template.spec.containers[0].envFrom[0].prefix", "spec.envFrom[0].prefix"),
        (
            "spec.template.spec.containers[0].volumeMounts[0].name",
            'spec.volumeMounts[mountPath="/tmp"].name',
        ),
        (
            "spec.template.spec.containers[0].lifecycle",
            'spec.podTemplate.spec.containers[name="model"].lifecycle',
        ),
        ("spec.template.spec.containers[1].image", 'spec.podTemplate.spec.containers[name="proxy"].image'),
        ("spec.template.spec.containers[7].image", "spec.podTemplate.spec.containers[7].image"),
        ("spec.template.spec.hostname", "spec.podTemplate.spec.hostname"),
        ("spec.template.spec.tolerations[0].effect", "spec.podTemplate.spec.tolerations[0].effect"),
        (
            "spec.template.spec.containers[0].resources.limits[memory]",
            'spec.podTemplate.spec.containers[name="model"].resources.limits[memory]',
        ),
        ("spec.template.annotations", "spec.podTemplate.metadata.annotations"),
        ("spec.template.metadata.annotations", "spec.podTemplate.metadata.annotations"),
        ("spec.replicas", "spec.replicas"),
        ("metadata.name", "metadata.name"),
        ("", ""),
    ],
)
def test_a_field_of_the_deployment_is_told_as_the_user_wrote_it(field: str, origin: str) -> None:
    assert origin_of(field, MANIFEST, {"podTemplate": TEMPLATE}) == origin
