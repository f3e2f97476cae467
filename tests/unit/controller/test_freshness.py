"""A watch is behind when it owes what it should have told, and only then."""

from typing import Any

import pytest
from yarl import URL

from truss_operator.controller.cache import Cache
from truss_operator.controller.freshness import (
    LAG_SECONDS,
    MOST_RESTARTS,
    REQUEST_SECONDS,
    SILENT_SECONDS,
    Freshness,
)
from truss_operator.controller.scope import Scope
from truss_operator.kube.resource import SERVICES, TRUSSMODELS, WATCHED, Resource

NAMESPACES = ("ml", "web")
LIST = URL("http://x/api/v1/services?limit=500")
WATCH = "http://x/api/v1/services?watch=true&resourceVersion={}"
MANAGED = {"app.kubernetes.io/managed-by": "trussmodel-operator", "trussmodel.dev/name": "echo"}


def service(version: int, namespace: str = "ml", **labels: str) -> dict[str, Any]:
    metadata = {"namespace": namespace, "name": "echo", "uid": "u", "resourceVersion": str(version)}
    kind = {"apiVersion": "v1", "kind": "Service"}
    return {**kind, "metadata": {**metadata, "labels": labels}, "spec": {}}


class Watching:
    """Watches that go on asking, and a clock."""

    def __init__(self, *namespaces: str) -> None:
        self.now = 0.0
        scope = Scope(namespaces)
        self.places = scope.places()
        self.cache = Cache(scope.realm_of)
        self.relists = self.outages = 0
        self.freshness = Freshness(self.cache, lambda: self.now, self._lapsed, self._answers, scope)

    def _answers(self) -> None:
        self.outages += 1

    def _lapsed(self) -> None:
        self.relists += 1

    def ask(self, resource: Resource, namespace: str = "", version: int = 8) -> URL:
        """A watch begins; returns where."""
        url = URL(f"http://x{resource.path(namespace or None)}?watch=true&resourceVersion={version}")
        self.freshness.requested(url)
        return url

    def begin(self, *but: Resource) -> None:
        """All watches but these begin."""
        for resource, namespace in self.places:
            if resource not in but:
                self.ask(resource, namespace)

    def has_begun(self) -> bool:
        waiting = self.freshness.begun()
        try:
            waiting.send(None)
        except StopIteration:
            return True
        waiting.close()
        return False

    def complaints(self) -> list[str]:
        """After longer than a watch may be behind."""
        assert self.freshness.complaints() == []
        self.now += LAG_SECONDS + 1
        return self.freshness.complaints()

    def begun_anew(self) -> list[str]:
        """Complaints, for which they are all begun anew."""
        found = self.complaints()
        self.freshness.begin()
        self.begin()
        return found


@pytest.fixture
def watching() -> Watching:
    return Watching()


def test_what_is_known_otherwise_and_not_told_is_owed(watching: Watching) -> None:
    watching.cache.put(SERVICES, service(7, **MANAGED))
    assert watching.complaints() == ["the watch of services is behind for 61 s"]
    watching.freshness.told(SERVICES, "ml", 7)
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
    watching.freshness.requested(LIST)
    watching.begin()
    watching.freshness.requested(LIST)
    assert watching.relists == 0
    watching.freshness.requested(URL(WATCH.format(8)))
    assert watching.relists == 1


def test_watch_that_goes_on_from_where_it_was_has_missed_nothing(watching: Watching) -> None:
    watching.begin()
    watching.ask(SERVICES, version=9)
    assert watching.relists == 0


def test_watch_that_asks_no_more_has_ended(watching: Watching) -> None:
    watching.now = REQUEST_SECONDS + 200.0
    assert len(watching.freshness.complaints()) == len(WATCHED)


@pytest.mark.asyncio
async def test_begun_once_all_is_watched_in_every_namespace() -> None:
    watching = Watching(*NAMESPACES)
    for _ in range(2):
        for resource in WATCHED:
            watching.ask(resource, "ml")
    assert watching.freshness.missing() == [f"{resource.plural} in web" for resource in WATCHED]
    assert not watching.has_begun()
    for resource in WATCHED:
        watching.ask(resource, "web")
    assert watching.has_begun()


@pytest.mark.asyncio
async def test_watch_that_is_refused_is_not_waited_for_and_listed_when_it_begins() -> None:
    watching = Watching(*NAMESPACES)
    for resource in WATCHED:
        watching.ask(resource, "ml")
        listing = URL(f"http://x{resource.path('web')}?limit=500")
        watching.freshness.requested(listing)
        watching.freshness.answered(listing, 403)
    assert watching.has_begun()
    assert watching.relists == 0
    watching.ask(SERVICES, "web")
    assert watching.relists == 1


def test_watch_of_one_namespace_does_not_speak_for_another() -> None:
    watching = Watching(*NAMESPACES)
    watching.begin()
    watching.cache.put(SERVICES, service(9, "web", **MANAGED))
    watching.freshness.told(SERVICES, "ml", 10)
    assert watching.complaints() == ["the watch of services in web is behind for 61 s"]


@pytest.mark.parametrize("status", [None, 403, 503])
def test_watch_whose_requests_fail_owes_nothing(watching: Watching, status: int | None) -> None:
    watching.begin()
    watching.cache.put(SERVICES, service(9, **MANAGED))
    watching.freshness.answered(watching.ask(SERVICES), status)
    assert watching.complaints() == []


def test_watch_that_tells_nothing_however_often_it_is_begun_anew_is_an_ailment(watching: Watching) -> None:
    for version in range(MOST_RESTARTS):
        assert watching.freshness.ailments() == []
        watching.cache.put(SERVICES, service(9 + version, **MANAGED))
        assert watching.begun_anew() == ["the watch of services is behind for 61 s"]
    assert watching.freshness.ailments() == ["the watch of services, begun anew 3 times, tells nothing"]
    watching.freshness.told(SERVICES, "ml", 9)
    assert watching.freshness.ailments() == []


def test_watch_that_does_not_ask_however_often_it_is_begun_anew_is_an_ailment(watching: Watching) -> None:
    for _ in range(MOST_RESTARTS):
        assert watching.freshness.ailments() == []
        watching.begin(SERVICES)
        watching.now += SILENT_SECONDS - 1
        assert watching.freshness.complaints() == ["the watch of services has not begun"]
        watching.freshness.begin()
    assert watching.freshness.ailments() == ["the watch of services, begun anew 3 times, does not ask"]
    watching.ask(SERVICES)
    assert watching.freshness.ailments() == []


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
    for status in (200, None, None):
        watching.freshness.answered(LIST, status)
    assert watching.outages == 0
    for status in (200, 200):
        watching.freshness.answered(LIST, status)
    assert watching.outages == 1
