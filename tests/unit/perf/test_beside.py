"""What `make bench-beside` counts of each operator, and its table."""

import json
from collections import Counter

import pytest
from tests.perf.beside.calls import Call, made, parsed
from tests.perf.beside.measure import Outcome
from tests.perf.beside.relay import Bytes, Wire
from tests.perf.beside.report import section

WATCH = b"GET /api/v1/pods?allowWatchBookmarks=true&watch=1 HTTP/1.1\r\nHost: a\r\n\r\n"
LIST = b"GET /api/v1/pods?limit=500 HTTP/1.1\r\nHost: a\r\n\r\n"


def line(verb: str, stage: str, code: int, uri: str, **about: str) -> bytes:
    event = {"verb": verb, "stage": stage, "requestURI": uri, "responseStatus": {"code": code}}
    return json.dumps({**event, **({"objectRef": about} if about else {})}).encode() + b"\n"


def test_bytes_of_a_connection_are_watched_from_a_watch_until_its_next_request() -> None:
    count = Bytes()
    wire = Wire(count)

    for request, answer in ((LIST, b"12"), (WATCH, b"345"), (LIST, b"6789")):
        wire.up(request)
        wire.down(answer)

    assert (count.watched, count.answered) == ({"pods": 3}, 6)
    assert count.asked == 2 * len(LIST) + len(WATCH)


def test_name_that_only_looks_like_a_watch_is_none() -> None:
    count = Bytes()
    wire = Wire(count)

    wire.up(b"GET /api/v1/namespaces/default/pods/watch=1?nowatch=1 HTTP/1.1\r\n\r\n")
    wire.down(b"1")

    assert not count.watched


def test_watch_counts_when_it_begins_and_not_again_when_it_ends() -> None:
    stages = ("ResponseStarted", "ResponseComplete")
    told = [parsed(line("watch", stage, 200, "/api/v1/pods?watch=1", resource="pods")) for stage in stages]

    assert told == [Call("watch", "pods", rehearsed=False, created=False), None]


@pytest.mark.parametrize(
    ("uri", "code", "writing", "created"),
    [
        ("/apis/apps/v1/namespaces/a/deployments/b?fieldManager=c", 201, True, 1),
        ("/apis/apps/v1/namespaces/a/deployments/b?fieldManager=c", 200, True, 0),
        ("/apis/apps/v1/namespaces/a/deployments/b?dryRun=All", 201, False, 0),
    ],
)
def test_apply_makes_an_object_unless_it_was_there_or_is_a_rehearsal(
    uri: str, code: int, writing: bool, created: int
) -> None:
    call = parsed(line("patch", "ResponseComplete", code, uri, resource="deployments"))

    assert call is not None
    assert call.writing is writing
    assert made([call])["deployments"] == created


def test_subresource_is_told_from_its_resource() -> None:
    about = {"resource": "deployments", "subresource": "status"}
    call = parsed(line("patch", "ResponseComplete", 200, "/apis/apps/v1/...", **about))

    assert call is not None
    assert call.resource == "deployments/status"


def test_call_to_no_resource_is_told_by_its_path() -> None:
    call = parsed(line("get", "ResponseComplete", 200, "/apis/apps/v1?timeout=32s"))

    assert call is not None
    assert call.resource == "/apis/apps/v1"


def test_table_has_a_column_for_each_contender_and_figures_for_one_object() -> None:
    made_one = Call("create", "services", rehearsed=False, created=True)
    seldom = Call("list", "pods", rehearsed=False, created=False)
    taken = Bytes(Counter(pods=2**20), 2**10, 0)
    outcome = Outcome(100, 12.3, 0.5, 2**26, 2**25, (*[made_one] * 100, seldom), taken, 7)

    text = section({"one": outcome, "other": outcome}, versions="KServe v0", date="2026-01-01")

    lines = text.splitlines()
    assert "| for each object | one | other |" in lines
    assert "| objects that it makes | services | services |" in lines
    assert "| writes | 1.0: create services 1.0 | 1.0: create services 1.0 |" in lines
    assert "| reads | 0.0 | 0.0 |" in lines
    assert "| watch traffic to it | 10.2 KiB: pods 10.2 | 10.2 KiB: pods 10.2 |" in lines
    assert "| its CPU | 5.0 ms | 5.0 ms |" in lines
    assert "| memory before and at most | 32, 64 MiB | 32, 64 MiB |" in lines
