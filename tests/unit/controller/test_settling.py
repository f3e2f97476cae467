"""When a status write waits for the Deployment controller, and for how long."""

from typing import Any

import pytest

from truss_operator.controller.key import Key
from truss_operator.controller.settling import Settling, is_settled, tells_of_an_end

KEY = Key("ns", "echo")
CURRENT = {"observedGeneration": 2, "replicas": 1, "readyReplicas": 1}


def deployment(**status: int) -> dict[str, Any]:
    return {"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": status}


def pod(*, ready: bool = True, leaving: bool = False) -> dict[str, Any]:
    metadata = {"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaving else {}
    return {"metadata": metadata, "status": {"conditions": [{"type": "Ready", "status": str(ready)}]}}


def test_settled_when_status_and_pods_agree() -> None:
    assert is_settled(deployment(**CURRENT), [pod()])


@pytest.mark.parametrize(
    ("status", "pods"),
    [
        pytest.param({}, [], id="never-seen"),
        pytest.param({**CURRENT, "observedGeneration": 1}, [pod()], id="another-generation"),
        pytest.param({"observedGeneration": 2}, [], id="no-pod-yet"),
        pytest.param({"observedGeneration": 2, "replicas": 1}, [pod()], id="ready-pod-not-counted-yet"),
        pytest.param(CURRENT, [pod(ready=False)], id="pod-no-longer-ready"),
        pytest.param(CURRENT, [pod(leaving=True)], id="pod-leaving"),
    ],
)
def test_unsettled_while_they_do_not(status: dict[str, int], pods: list[dict[str, Any]]) -> None:
    assert not is_settled(deployment(**status), pods)


def test_patience_ends_after_a_second() -> None:
    settling = Settling()
    assert settling.patience(KEY, deployment(), [], 10.0) == 1.0
    assert settling.patience(KEY, deployment(), [], 10.75) == 0.25
    assert settling.patience(KEY, deployment(), [], 11.5) == 0.0


def test_patience_starts_anew_after_another_apply() -> None:
    settling = Settling()
    settling.patience(KEY, deployment(), [], 10.0)
    settling.restart(KEY)
    assert settling.patience(KEY, deployment(), [], 12.0) == 1.0


def test_patience_starts_anew_after_it_had_settled() -> None:
    settling = Settling()
    settling.patience(KEY, deployment(), [], 10.0)
    assert settling.patience(KEY, deployment(**CURRENT), [pod()], 10.5) == 0.0
    assert settling.patience(KEY, deployment(), [], 20.0) == 1.0


def test_nothing_to_wait_for_without_a_deployment() -> None:
    assert Settling().patience(KEY, None, [], 0.0) == 0.0


def test_end_of_a_container_does_not_wait() -> None:
    crashed = {"lastFailure": {"reason": "Crashed", "exitCode": 3}}

    assert tells_of_an_end({}, crashed)
    assert tells_of_an_end({"lastFailure": {"reason": "Unhealthy"}}, crashed)


def test_what_is_known_over_or_no_end_waits() -> None:
    crashed = {"lastFailure": {"reason": "Crashed", "exitCode": 3}}

    assert not tells_of_an_end(crashed, crashed)
    assert not tells_of_an_end(crashed, {})
    assert not tells_of_an_end({}, {"lastFailure": {"reason": "ProgressDeadlineExceeded"}})
