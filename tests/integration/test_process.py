"""The ``truss-operator`` command as a container runs it."""

import signal
import subprocess
import time
from pathlib import Path

import certifi
import httpx2
import pytest
from aiohttp import web

from api import Api, Refused
from api import until as until_async
from controlplane import CRD_PATH, OPERATOR, ControlPlane, install_crd
from operator_process import COMMAND, running
from weather import Fault, weather


def test_ready_once_the_cluster_is_listed(tmp_path: Path, plane: ControlPlane) -> None:
    with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
        assert process.ready().text == "ok"
        assert httpx2.get(f"{process.url()}/healthz").text == "ok"


def test_port_answers_while_the_api_server_does_not(tmp_path: Path, plane: ControlPlane) -> None:
    """A kubelet that got no answer would kill it, again and again for as long as that lasts."""
    with weather(plane) as sky:
        sky.faults = [Fault(0)] * 10_000
        with running(tmp_path, plane.kubeconfig(OPERATOR, server=sky.url)) as process:
            process.line(lambda line: "the API server does not answer yet" in line["message"])
            assert httpx2.get(f"{process.url()}/healthz").text == "ok"
            unready = httpx2.get(f"{process.url()}/readyz")
            assert unready.status_code == 503
            assert "the API server does not answer yet: discover trussmodel.dev/v1alpha1" in unready.text
            sky.faults = []
            process.ready()


def test_start_waits_as_long_as_the_api_server_asks(tmp_path: Path, plane: ControlPlane) -> None:
    with weather(plane) as sky:
        asked: list[float] = []

        def discovers(request: web.BaseRequest) -> bool:
            if request.path != "/apis/trussmodel.dev/v1alpha1":
                return False
            asked.append(time.monotonic())
            return True

        sky.strikes, sky.faults = discovers, [Fault(429, {"Retry-After": "3"}), *[Fault(200, late=True)] * 9]
        with running(tmp_path, plane.kubeconfig(OPERATOR, server=sky.url)) as process:
            process.ready()
    assert asked[1] - asked[0] >= 3


def test_metrics_have_the_names_of_controller_runtime(tmp_path: Path, plane: ControlPlane) -> None:
    with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
        process.ready()
        text = httpx2.get(f"{process.url()}/metrics").text
    for name in (
        'controller_runtime_reconcile_total{controller="trussmodel",result="success"}',
        'workqueue_depth{name="trussmodel"}',
        'rest_client_requests_total{code="200",method="GET"}',
        'trussmodel_operator_cache_objects{resource="trussmodels"}',
        "process_resident_memory_bytes",
    ):
        assert name in text


def test_sigterm_ends_it_cleanly_within_seconds(tmp_path: Path, plane: ControlPlane) -> None:
    with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
        process.ready()
        process.line(lambda line: "watching" in line["message"])
        process.popen.send_signal(signal.SIGTERM)
        assert process.popen.wait(5) == 0
        assert process.lines()[-1]["message"] == "ended"
        assert [line for line in process.lines() if line["level"] != "INFO"] == []


@pytest.mark.asyncio
async def test_lines_about_a_trussmodel_name_it(tmp_path: Path, plane: ControlPlane, api: Api) -> None:
    await api.create("services", {"metadata": {"name": "echo"}, "spec": {"ports": [{"port": 80}]}})
    await api.model()
    with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
        line = process.line(lambda line: line.get("name") == "echo")
    assert (line["namespace"], line["generation"]) == (api.namespace, 1)
    assert line["level"] == "INFO"
    assert "NameConflict" in line["message"]


def test_missing_permission_is_named(tmp_path: Path, plane: ControlPlane) -> None:
    with plane.client() as client:
        path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{OPERATOR}"
        rules = client.get(path).json()["rules"]
        headers = {"Content-Type": "application/merge-patch+json"}
        lesser = [rule for rule in rules if rule["resources"] != ["pods"]]
        client.patch(path, json={"rules": lesser}, headers=headers).raise_for_status()
        try:
            with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
                assert process.popen.wait(20) == 1
                message = process.lines()[-1]["message"]
        finally:
            client.patch(path, json={"rules": rules}, headers=headers).raise_for_status()
    assert 'cannot list resource "pods"' in message
    assert "docs/reference/operator.md" in message


def test_wrong_token_is_told(tmp_path: Path, plane: ControlPlane) -> None:
    path = plane.kubeconfig(OPERATOR)
    path.write_text(path.read_text().replace(plane.tokens[OPERATOR], "wrong"))
    with running(tmp_path, path) as process:
        assert process.popen.wait(20) == 1
        assert "does not let the operator in" in process.lines()[-1]["message"]


def test_certificate_of_another_authority_is_told(tmp_path: Path, plane: ControlPlane) -> None:
    """Another process may find the authority's file renewed; this one has read it."""
    path = plane.kubeconfig(OPERATOR)
    path.write_text(path.read_text().replace(str(plane.ca), certifi.where()))
    with running(tmp_path, path) as process:
        assert process.popen.wait(20) == 1
        assert "certificate is not by the known authority" in process.lines()[-1]["message"]


def test_missing_kubeconfig_is_told(tmp_path: Path) -> None:
    with running(tmp_path, tmp_path / "absent") as process:
        assert process.popen.wait(20) == 1
        assert "KUBECONFIG" in process.lines()[-1]["message"]


@pytest.mark.asyncio
async def test_missing_crd_is_told(tmp_path: Path, plane: ControlPlane, api: Api) -> None:
    await api.call("DELETE", CRD_PATH)
    try:
        with running(tmp_path, plane.kubeconfig(OPERATOR)) as process:
            assert process.popen.wait(30) == 1
            assert "kubectl apply" in process.lines()[-1]["message"]
    finally:
        await _until_gone(api, CRD_PATH)
        install_crd(plane)


async def _until_gone(api: Api, path: str) -> None:
    async def gone() -> bool:
        try:
            await api.call("GET", path)
        except Refused as error:
            return error.code == 404
        return False

    await until_async(gone, bool)


def test_bad_flag_is_told(tmp_path: Path) -> None:
    done = subprocess.run([COMMAND, "--workers=0"], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--workers" in done.stderr
