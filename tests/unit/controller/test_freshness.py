"""A watch is behind when it owes what it should have told, and only then."""

from typing import Any

import pytest
from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.freshness import LAG_SECONDS, REQUEST_SECONDS, Freshness
from truss_operator.kube.errors import NO_ANSWER
from truss_operator.kube.resource import SERVICES, TRUSSMODELS, WATCHED, Resource

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
        self.relists = self.outages = 0
        self.freshness = Freshness(self.cache, lambda: self.now, self._lapsed, self._answers)

    def _answers(self) -> None:
        self.outages += 1

    def _lapsed(self) -> None:
        self.relists += 1

    def begin(self, *but: Resource) -> None:
        """All watches but these begin."""
        for resource in WATCHED:
            if resource not in but:
                self.freshness.requested(URL(f"http://x{resource.path()}?watch=true&resourceVersion=8"))

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
    watching.begin()
    assert watching.complaints() == []
    watching.cache.put(SERVICES, service(9, **MANAGED))
    assert watching.complaints() == ["the watch of services is behind for 61 s"]


def test_watch_that_begins_anew_is_told_once_it_watches(watching: Watching) -> None:
    for _ in range(2):
        watching.freshness.requested(LIST)
        assert watching.relists == 0
        watching.freshness.requested(URL(WATCH.format(8)))
    assert watching.relists == 1


def test_watch_that_goes_on_from_where_it_was_has_missed_nothing(watching: Watching) -> None:
    watching.freshness.requested(LIST)
    for version in (8, 9):
        watching.freshness.requested(URL(WATCH.format(version)))
    assert watching.relists == 0


def test_watch_that_asks_no_more_has_ended(watching: Watching) -> None:
    watching.now = REQUEST_SECONDS + 200.0
    assert len(watching.freshness.complaints()) == len(WATCHED)


def test_begun_once_all_is_watched_in_every_place() -> None:
    freshness = Freshness(Cache(), lambda: 0.0, lambda: None, lambda: None, places=2)
    for resource in WATCHED:
        assert resource.plural in freshness.missing()
        for namespace in ("ml", "web"):
            freshness.requested(URL(f"http://x{resource.path(namespace)}?watch=true&resourceVersion=1"))
    assert freshness.missing() == []


def test_watch_that_did_not_begin_with_the_others_is_told(watching: Watching) -> None:
    watching.begin(TRUSSMODELS)
    assert watching.freshness.complaints() == []
    assert watching.complaints() == ["the watch of trussmodels has not begun"]


def test_watches_that_wait_for_the_api_server_are_given_their_time(watching: Watching) -> None:
    assert watching.complaints() == []


def test_watches_that_are_begun_anew_have_their_time_again(watching: Watching) -> None:
    watching.begin(TRUSSMODELS)
    watching.freshness.begin()
    assert watching.complaints() == []


def test_first_answer_after_an_outage_is_told_and_no_other(watching: Watching) -> None:
    for code in ("200", NO_ANSWER, NO_ANSWER):
        watching.freshness.answered(code)
    assert watching.outages == 0
    for code in ("200", "200"):
        watching.freshness.answered(code)
    assert watching.outages == 1
