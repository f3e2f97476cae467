"""A watch is behind when it owes what it should have told, and only then."""

from typing import Any

import pytest
from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.freshness import LAG_SECONDS, REQUEST_SECONDS, Freshness
from truss_operator.kube.resource import SERVICES, WATCHED

LIST = URL("http://x/api/v1/services?limit=500")
WATCH = "http://x/api/v1/services?watch=true&resourceVersion={}"
MANAGED = {"app.kubernetes.io/managed-by": "trussmodel-operator", "trussmodel.dev/name": "echo"}


def service(version: int, **labels: str) -> dict[str, Any]:
    metadata = {"namespace": "ml", "name": "echo", "uid": "u", "resourceVersion": str(version)}
    kind = {"apiVersion": "v1", "kind": "Service"}
    return {**kind, "metadata": {**metadata, "labels": labels}, "spec": {}}


class Watching:
    """Watches that go on asking, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.cache = Cache()
        self.relists = 0
        self.freshness = Freshness(self.cache, lambda: self.now, self._relisted)

    def _relisted(self) -> None:
        self.relists += 1

    def complaints(self) -> list[str]:
        """After longer than a watch may be behind."""
        self.freshness.complaints()
        self.now += LAG_SECONDS + 1
        return self.freshness.complaints()


@pytest.fixture
def watching() -> Watching:
    return Watching()


def test_what_is_known_otherwise_and_not_told_is_owed(watching: Watching) -> None:
    watching.cache.put(SERVICES, service(7, **MANAGED))
    assert watching.complaints() == ["the watch of services is behind for 61 s"]
    watching.freshness.told(SERVICES, 7)
    assert watching.complaints() == []


def test_object_that_no_watch_selects_is_not_owed(watching: Watching) -> None:
    watching.cache.put(SERVICES, service(7))
    assert watching.complaints() == []


def test_what_went_before_a_watch_began_anew_is_not_owed(watching: Watching) -> None:
    watching.cache.put(SERVICES, service(7, **MANAGED))
    watching.freshness.requested(URL(WATCH.format(8)))
    assert watching.complaints() == []
    watching.cache.put(SERVICES, service(9, **MANAGED))
    assert watching.complaints() == ["the watch of services is behind for 61 s"]


def test_second_list_of_a_watch_is_told_and_the_first_is_not(watching: Watching) -> None:
    watching.freshness.requested(LIST)
    assert watching.relists == 0
    watching.freshness.requested(LIST)
    assert watching.relists == 1


def test_watch_that_asks_no_more_has_ended(watching: Watching) -> None:
    watching.now = REQUEST_SECONDS + 200.0
    assert len(watching.freshness.complaints()) == len(WATCHED)


def test_begun_once_all_is_watched_in_every_place() -> None:
    freshness = Freshness(Cache(), lambda: 0.0, lambda: None, places=2)
    for resource in WATCHED:
        assert resource.plural in freshness.missing()
        for namespace in ("ml", "web"):
            freshness.requested(URL(f"http://x{resource.path(namespace)}?watch=true&resourceVersion=1"))
    assert freshness.missing() == []
