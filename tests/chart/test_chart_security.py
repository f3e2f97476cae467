"""The pods that the chart makes against the restricted Pod Security Standard, and their root filesystem."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Json = dict[str, Any]
Render = Callable[..., list[Json]]

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


@pytest.fixture(params=["Deployment", "Pod"])
def pod(render: Render, case: Path, request: pytest.FixtureRequest) -> Json:
    """The operator's pod, and that of `helm test`."""
    (found,) = [m for m in render(values=case) if m["kind"] == request.param]
    spec: Json = found["spec"]["template"]["spec"] if request.param == "Deployment" else found["spec"]
    return spec


def containers(pod: Json) -> Iterator[Json]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        yield from pod.get(kind, [])


def contexts(pod: Json) -> list[Json]:
    return [container.get("securityContext", {}) for container in containers(pod)]


def test_it_never_runs_as_root(pod: Json) -> None:
    effective = [{**pod["securityContext"], **context} for context in contexts(pod)]
    assert all(context["runAsNonRoot"] is True and context["runAsUser"] > 0 for context in effective)


def test_it_gains_no_privilege(pod: Json) -> None:
    assert all(context["allowPrivilegeEscalation"] is False for context in contexts(pod))


def test_it_holds_no_capability(pod: Json) -> None:
    assert all(context["capabilities"] == {"drop": ["ALL"]} for context in contexts(pod))


def test_its_system_calls_are_filtered(pod: Json) -> None:
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_it_shares_nothing_with_the_host(pod: Json) -> None:
    shared = {"hostNetwork", "hostPID", "hostIPC", "hostUsers"} & pod.keys()
    ports = [
        port for container in containers(pod) for port in container.get("ports", []) if "hostPort" in port
    ]
    assert (shared, ports) == (set(), [])


def test_its_volumes_are_of_the_kinds_that_restricted_allows(pod: Json) -> None:
    kinds = {kind for volume in pod["volumes"] for kind in volume if kind != "name"}
    assert kinds <= VOLUMES


def test_its_root_filesystem_is_read_only(pod: Json) -> None:
    assert all(context["readOnlyRootFilesystem"] is True for context in contexts(pod))


def test_the_operator_can_write_to_tmp(render: Render) -> None:
    (deployment,) = [m for m in render() if m["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (mount,) = [mount for mount in pod["containers"][0]["volumeMounts"] if mount["mountPath"] == "/tmp"]
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == mount["name"]]
    assert "emptyDir" in volume
