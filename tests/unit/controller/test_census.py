"""What /metrics says of the TrussModels."""

from typing import Any

from truss_operator.controller.cache import Cache
from truss_operator.controller.census import Census
from truss_operator.kube.resource import TRUSSMODELS


def cache_of(**reasons: str) -> Cache:
    cache = Cache()
    for version, (name, reason) in enumerate(reasons.items(), 1):
        ready = {"type": "Ready", "status": "True" if reason == "Serving" else "False", "reason": reason}
        failure = {"phase": "load", "reason": reason, "time": "2026-01-01T00:00:10Z"}
        status: dict[str, Any] = {"conditions": [ready]}
        if reason == "Serving":
            status |= {"activeRevision": "abc", "image": "echo:1@sha256:old"}
        if reason == "LoadFailed":
            status["lastFailure"] = failure
        metadata = {"namespace": "ml", "name": name, "uid": name, "resourceVersion": str(version)}
        model = {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel", "metadata": metadata}
        cache.put(TRUSSMODELS, {**model, "spec": {"image": "echo:2"}, "status": status})
    return cache


def samples(census: Census, name: str) -> dict[tuple[str, ...], float]:
    return {
        tuple(sample.labels.values()): sample.value
        for family in census.collect()
        for sample in family.samples
        if sample.name == name
    }


def test_trussmodels_are_counted_by_what_ready_says() -> None:
    census = Census(cache_of(a="Serving", b="Serving", c="LoadFailed"), 10)
    counts = samples(census, "trussmodel_operator_trussmodels")
    assert counts == {("True", "Serving"): 2, ("False", "LoadFailed"): 1}


def test_each_says_whether_it_is_ready_and_how_it_failed() -> None:
    census = Census(cache_of(a="Serving", c="LoadFailed"), 10)
    assert samples(census, "trussmodel_ready") == {("ml", "a"): 1, ("ml", "c"): 0}
    failed = samples(census, "trussmodel_last_failure")
    assert failed == {("ml", "c", "load", "LoadFailed"): 1767225610}


def test_image_and_revision_are_those_that_serve() -> None:
    """Not what spec asks for, which may never come to serve."""
    told = samples(Census(cache_of(a="Serving", c="LoadFailed"), 10), "trussmodel_info")
    assert told == {("ml", "a", "echo:1@sha256:old", "", "abc"): 1, ("ml", "c", "", "", ""): 1}


def test_series_of_single_ones_are_bounded() -> None:
    census = Census(cache_of(a="Serving", b="Serving", c="Serving"), 2)
    assert len(samples(census, "trussmodel_ready")) == 2
    assert samples(census, "trussmodel_operator_trussmodels") == {("True", "Serving"): 3}
