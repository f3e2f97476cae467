"""What has been listed is told place by place: what is amiss with one is said of no other."""

import pytest

from truss_operator.controller.coverage import Coverage, is_outside
from truss_operator.controller.scope import Place, Scope
from truss_operator.kube.errors import (
    ApiError,
    Conflict,
    Forbidden,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    Untrusted,
)
from truss_operator.kube.resource import PODS, SERVICES, WATCHED

LIMIT = 30.0


class Listing:
    """An account of two namespaces, and a clock."""

    def __init__(self, *namespaces: str) -> None:
        self.now = 0.0
        self.scope = Scope(namespaces)
        self.coverage = Coverage(self.scope, lambda: self.now)

    def list(self, namespace: str = "", *but: Place) -> None:
        for place in self.scope.places():
            if place.namespace == namespace and place not in but:
                self.coverage.listed(place)

    def fail(self, place: Place, error: ApiError, pause: float = 1.0) -> None:
        self.coverage.failed(place, error, self.now + pause)


@pytest.fixture
def listing() -> Listing:
    return Listing("ml", "web")


def test_namespace_is_covered_once_all_of_it_is_listed(listing: Listing) -> None:
    pods = Place(PODS, "ml")
    listing.list("ml", pods)
    assert not listing.coverage.covers("ml")
    listing.coverage.listed(pods)
    assert listing.coverage.covers("ml")
    assert not listing.coverage.covers("web")


def test_namespace_stays_covered_when_it_cannot_be_listed_again(listing: Listing) -> None:
    listing.list("ml")
    listing.fail(Place(PODS, "ml"), Forbidden("no"))
    assert listing.coverage.covers("ml")


def test_every_namespace_is_covered_by_a_list_of_all() -> None:
    listing = Listing()
    assert not listing.coverage.covers("ml")
    listing.list()
    assert listing.coverage.covers("ml")


def test_begun_when_every_place_is_listed_or_refused(listing: Listing) -> None:
    listing.list("ml")
    assert not listing.coverage.begun()
    for resource in WATCHED:
        listing.fail(Place(resource, "web"), Forbidden("no"))
    assert listing.coverage.begun()


def test_not_begun_where_an_answer_is_missing(listing: Listing) -> None:
    pods = Place(PODS, "web")
    listing.list("ml")
    listing.list("web", pods)
    listing.fail(pods, Unavailable("away"))
    assert not listing.coverage.begun()
    assert listing.coverage.missing() == ["pods in web not listed yet: away"]


def test_not_begun_where_no_namespace_can_be_worked_on() -> None:
    listing = Listing()
    pods = Place(PODS, "")
    listing.list("", pods)
    listing.fail(pods, Forbidden("no"))
    assert not listing.coverage.begun()


def test_list_that_hangs_is_told(listing: Listing) -> None:
    services = Place(SERVICES, "web")
    for namespace in ("ml", "web"):
        listing.list(namespace)
    listing.now = LIMIT + 1
    listing.list("ml")
    listing.list("web", services)
    assert listing.coverage.complaints(LIMIT) == ["services in web not listed for 31 s: it hangs"]


@pytest.mark.parametrize("error", [Forbidden, NotFound, TooManyRequests, Unauthorized, Unavailable])
def test_what_another_process_could_not_list_either_is_no_complaint(
    listing: Listing, error: type[ApiError]
) -> None:
    assert is_outside(error("no"))
    listing.list("ml")
    listing.now = LIMIT + 1
    for resource in WATCHED:
        listing.fail(Place(resource, "ml"), error("no"))
    assert listing.coverage.complaints(LIMIT) == []


@pytest.mark.parametrize("error", [Untrusted, Conflict, ApiError])
def test_what_another_process_might_list_is_a_complaint(listing: Listing, error: type[ApiError]) -> None:
    listing.list("ml")
    listing.now = LIMIT + 1
    listing.list("ml", Place(PODS, "ml"))
    listing.fail(Place(PODS, "ml"), error("no"))
    assert listing.coverage.complaints(LIMIT) == ["pods in ml not listed for 31 s: no"]


def test_nothing_is_old_before_the_first_list(listing: Listing) -> None:
    listing.now = LIMIT + 1
    assert listing.coverage.complaints(LIMIT) == []


def test_what_waits_to_be_tried_again_does_not_hang(listing: Listing) -> None:
    listing.list("ml")
    listing.fail(Place(PODS, "ml"), Unavailable("later"), pause=100.0)
    listing.now = 100.0 + LIMIT
    listing.list("ml", Place(PODS, "ml"))
    assert listing.coverage.complaints(LIMIT) == []
    listing.now += 1
    assert listing.coverage.complaints(LIMIT) == ["pods in ml not listed for 31 s: later"]
