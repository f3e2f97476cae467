"""What only a node shows of spec: mounted keys, memory at /dev/shm, a sidecar, a GPU that is not there."""

from collections.abc import Callable

import httpx2

from cluster import Kubectl, image, until

RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
LOOK = "import os, time; print(open('/proc/mounts').read(), flush=True); time.sleep(3600)"


def test_keys_memory_and_a_sidecar_reach_the_pod(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    kubectl("create", "secret", "generic", "keys", "--from-literal=team=s3cret")
    mounts = [{"name": "shm", "mountPath": "/dev/shm"}]
    sidecar = {
        "name": "sidecar",
        "image": image("test-lab"),
        "command": ["python", "-c", LOOK],
        "volumeMounts": mounts,
        "securityContext": RESTRICTED,
    }
    name = lab(
        auth={"secretName": "keys"},
        volumes=[{"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "8Mi"}}],
        volumeMounts=mounts,
        podTemplate={"spec": {"containers": [sidecar], "terminationGracePeriodSeconds": 1}},
    )
    kubectl.wait(name, "Ready")
    with kubectl.port_forward(f"service/{name}") as base:
        assert httpx2.get(f"{base}/v1/models").status_code == 401
        assert httpx2.get(f"{base}/v1/models", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    logs = kubectl("logs", f"deployment/{name}", "--container", "sidecar")
    assert "tmpfs /dev/shm tmpfs" in logs
    assert "size=8192k" in logs


def test_a_gpu_that_no_node_has_is_named(kubectl: Kubectl, lab: Callable[..., str]) -> None:
    name = lab(resources={"limits": {"nvidia.com/gpu": 1}})
    failure = until(lambda: kubectl.get("trussmodel", name)["status"].get("lastFailure"), bool)
    assert failure is not None
    assert failure["reason"] == "Unschedulable"
    assert "nvidia.com/gpu" in failure["message"]
