"""Which requests of the watches are lists."""

import pytest
from yarl import URL

from truss_operator.controller.unlisted import is_list


@pytest.mark.parametrize(
    "path",
    ["/api/v1/pods?limit=500", "/api/v1/namespaces/ml/pods", "/apis/trussmodel.dev/v1alpha1/trussmodels"],
)
def test_list(path: str) -> None:
    assert is_list(URL(f"https://x{path}"))


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/pods?watch=true&resourceVersion=7",
        "/api/v1/namespaces/ml/pods/echo",
        "/apis/trussmodel.dev/v1alpha1",
        "/api/v1/nodes",
    ],
)
def test_no_list(path: str) -> None:
    assert not is_list(URL(f"https://x{path}"))
