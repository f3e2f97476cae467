"""What is not allowed is told by name, once and not for each object concerned."""

import pytest
from yarl import URL

from truss_operator.kube.permissions import (
    REPEAT_SECONDS,
    Permission,
    Permissions,
    permission_for,
    permission_in,
)

SAID = (
    'patch trussmodels/status ml/echo: trussmodels.trussmodel.dev "echo" is forbidden: User "operator" '
    'cannot patch resource "trussmodels/status" in API group "trussmodel.dev" in the namespace "ml"'
)
STATUS = Permission("patch", "trussmodel.dev", "trussmodels/status")
QUOTA = 'patch deployments ml/echo: pods "echo-1" is forbidden: exceeded quota: small (HTTP 403)'


def test_refusal_names_the_permission() -> None:
    assert permission_in(SAID) == STATUS


def test_refusal_for_another_cause_names_none() -> None:
    assert permission_in(QUOTA) is None


@pytest.mark.parametrize(
    ("url", "permission"),
    [
        ("/api/v1/pods?limit=500", Permission("list", "", "pods")),
        ("/api/v1/namespaces/ml/pods?watch=true", Permission("watch", "", "pods")),
        ("/apis/apps/v1/deployments?watch=true", Permission("watch", "apps", "deployments")),
        ("/apis/apps/v1/namespaces/ml/deployments", Permission("list", "apps", "deployments")),
        ("/apis", None),
        ("/version", None),
    ],
)
def test_request_of_a_watch_needs(url: str, permission: Permission | None) -> None:
    assert permission_for(URL(f"https://10.0.0.1:6443{url}")) == permission


def test_same_refusal_is_logged_now_and_then_and_always_counted(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    permissions = Permissions(lambda: now)
    for _ in range(3):
        permissions.refused(SAID)
    assert len(caplog.messages) == 1
    assert 'verb "patch" on resource "trussmodels/status" of API group "trussmodel.dev"' in caplog.text
    now = REPEAT_SECONDS
    permissions.refused(SAID)
    assert len(caplog.messages) == 2
    assert permissions.refusals[STATUS] == 4
