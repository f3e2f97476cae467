"""What the chart grants the operator is what it used in all these tests, by the API server's record."""

import os

import pytest

from calls import ASKED_BY_ADMISSION, Call, calls, granted, refused, used
from cluster import Kubectl
from kind import nodes_of, on_node

pytestmark = pytest.mark.last

RELEASE = OPERATOR = "trussmodel-operator"
NAMESPACE = "trussmodel-system"


@pytest.fixture(scope="module")
def made(kubectl: Kubectl) -> list[Call]:
    """The calls of the operator, of all its pods, since the run began."""
    since = os.environ.get("AUDITED_SINCE")
    assert since, "what one run used is known at its end: `make e2e`, of all tests, says when it began"
    control_plane = nodes_of(kubectl)[0]
    log = on_node(control_plane, "sh", "-c", "cat /var/log/kubernetes/audit*.log").splitlines()
    return calls(log, f"system:serviceaccount:{NAMESPACE}:{OPERATOR}", since)


def test_what_is_granted_is_what_was_used(made: list[Call]) -> None:
    system = Kubectl(NAMESPACE)
    roles = [system.get(kind, RELEASE) for kind in ("clusterrole", "role")]
    assert used(made) == granted(rule for role in roles for rule in role["rules"]) - {ASKED_BY_ADMISSION}


def test_nothing_was_refused(made: list[Call]) -> None:
    assert {call.refused for call in refused(made)} == set()
