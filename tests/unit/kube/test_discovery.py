"""Whether a resource is served is what the API server says, not what another says in its place."""

import pytest

from truss_operator.kube.discovery import serves
from truss_operator.kube.errors import Unavailable
from truss_operator.kube.resource import TRUSSMODELS

pytestmark = pytest.mark.asyncio


class Answering:
    """Answers everything with one body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self, *_: object, **__: object) -> bytes:
        return self._body


@pytest.mark.parametrize(
    "body",
    [b"<html>Sign in first</html>", b"null", b"[]", b'{"error": "no"}', b'{"resources": [1]}'],
)
async def test_what_is_no_account_of_resources_passes(body: bytes) -> None:
    with pytest.raises(Unavailable, match=r"discover trussmodel\.dev/v1alpha1: the answer is not"):
        await serves(Answering(body), TRUSSMODELS)
