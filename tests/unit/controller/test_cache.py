"""The cache: the newest of everything, and nothing that is gone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key
from truss_operator.kube.resource import DEPLOYMENTS, PODS, SERVICES, TRUSSMODELS

KEY = Key("ns", "echo")


def obj(
    version: int, *, name: str = "echo", namespace: str = "ns", owner: str | None = "echo", **more: Any
) -> dict[str, Any]:
    labels = {} if owner is None else {"trussmodel.dev/name": owner}
    metadata = {
        "namespace": namespace,
        "name": name,
        "uid": "1",
        "resourceVersion": str(version),
        "labels": labels,
    }
    return {"apiVersion": "v1", "kind": "Any", "metadata": metadata, **more}


def deployment(version: int, **status: int) -> dict[str, Any]:
    return obj(version, spec={"replicas": 1, "template": {"spec": {}}}, status=status)


def test_newer_version_is_news() -> None:
    cache = Cache()
    assert cache.put(TRUSSMODELS, obj(1)) == KEY
    assert cache.put(TRUSSMODELS, obj(2)) == KEY


def test_same_or_older_version_is_no_news() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(2))
    assert cache.put(TRUSSMODELS, obj(2)) is None
    assert cache.put(TRUSSMODELS, obj(1)) is None


def test_versions_are_compared_as_numbers() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(9))
    assert cache.put(TRUSSMODELS, obj(10)) == KEY


def test_late_answer_does_not_bring_a_deleted_object_back() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(1))
    assert cache.remove(TRUSSMODELS, obj(3)) == KEY
    assert cache.put(TRUSSMODELS, obj(2)) is None
    assert cache.get(TRUSSMODELS, KEY) is None


def test_object_made_anew_under_the_same_name_is_news() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(1))
    cache.remove(TRUSSMODELS, obj(2))
    assert cache.put(TRUSSMODELS, obj(3)) == KEY


def test_news_of_a_deletion_that_is_older_than_the_object_is_ignored() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(5))
    assert cache.remove(TRUSSMODELS, obj(4)) is None
    assert cache.get(TRUSSMODELS, KEY) is not None


def test_list_contradicts_that_shows_an_object_as_it_was_before() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(5))
    assert cache.contradicts(TRUSSMODELS, {KEY: 4}, cache.latest(TRUSSMODELS))
    assert not cache.contradicts(TRUSSMODELS, {KEY: 5}, cache.latest(TRUSSMODELS))


def test_list_contradicts_that_shows_an_object_whose_end_was_told() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(4))
    cache.remove(TRUSSMODELS, obj(5))
    assert cache.contradicts(TRUSSMODELS, {KEY: 4}, cache.latest(TRUSSMODELS))
    cache.put(TRUSSMODELS, obj(6))
    assert not cache.contradicts(TRUSSMODELS, {KEY: 6}, cache.latest(TRUSSMODELS))


def test_list_does_not_contradict_what_has_become_known_since_it_was_begun() -> None:
    cache = Cache()
    cache.put(TRUSSMODELS, obj(4))
    seen = cache.latest(TRUSSMODELS)
    cache.put(TRUSSMODELS, obj(5))
    assert not cache.contradicts(TRUSSMODELS, {KEY: 4}, seen)


def test_pods_are_found_by_their_trussmodel() -> None:
    cache = Cache()
    for name, owner in (("a", "echo"), ("b", "echo"), ("c", "other")):
        cache.put(PODS, obj(1, name=name, owner=owner, spec={}))
    assert [entry.object["metadata"]["name"] for entry in cache.owned(PODS, KEY)] == ["a", "b"]


def test_object_that_belongs_to_no_trussmodel_is_not_kept() -> None:
    cache = Cache()
    assert cache.put(PODS, obj(1, owner=None, spec={})) is None
    assert cache.sizes()["pods"] == 0


def test_child_is_known_by_its_controller_even_without_a_label() -> None:
    cache = Cache()
    child = obj(1, name="echo", owner=None, spec={})
    child["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "trussmodel.dev/v1alpha1",
            "kind": "TrussModel",
            "name": "echo",
            "uid": "u",
            "controller": True,
        }
    ]
    assert cache.put(SERVICES, child) == KEY


def test_digest_stays_when_only_the_status_moves() -> None:
    cache = Cache()
    cache.put(DEPLOYMENTS, deployment(1))
    before = cache.get(DEPLOYMENTS, KEY)
    cache.put(DEPLOYMENTS, deployment(2, readyReplicas=1))
    after = cache.get(DEPLOYMENTS, KEY)
    assert before is not None
    assert after is not None
    assert before.digest == after.digest
    assert after.object["status"] == {"readyReplicas": 1}


def test_digest_changes_when_the_spec_is_edited() -> None:
    cache = Cache()
    cache.put(DEPLOYMENTS, deployment(1))
    before = cache.get(DEPLOYMENTS, KEY)
    edited = deployment(2)
    edited["spec"]["replicas"] = 2
    cache.put(DEPLOYMENTS, edited)
    after = cache.get(DEPLOYMENTS, KEY)
    assert before is not None
    assert after is not None
    assert before.digest != after.digest


def test_prune_drops_what_the_list_does_not_show_and_keeps_what_is_newer() -> None:
    cache = Cache()
    cache.put(PODS, obj(1, name="listed", spec={}))
    cache.put(PODS, obj(2, name="ghost", spec={}))
    cache.put(PODS, obj(9, name="newer", spec={}))
    assert cache.prune(PODS, {Key("ns", "listed")}, 5) == [KEY]
    names = [entry.object["metadata"]["name"] for entry in cache.owned(PODS, KEY)]
    assert names == ["listed", "newer"]


def test_prune_of_one_namespace_leaves_the_others_alone() -> None:
    cache = Cache(lambda namespace: namespace)
    for namespace in ("ns", "other"):
        cache.put(PODS, obj(1, namespace=namespace, spec={}))
        cache.put(PODS, obj(2, namespace=namespace, name="deleted", spec={}))
        cache.remove(PODS, obj(3, namespace=namespace, name="deleted", spec={}))
    assert cache.prune(PODS, set(), 5, "ns") == [KEY]
    assert cache.get(PODS, Key("other", "echo")) is not None
    assert cache.put(PODS, obj(2, namespace="other", name="deleted", spec={})) is None


@given(st.permutations(range(1, 12)))
def test_whatever_the_order_of_news_the_newest_stays(versions: list[int]) -> None:
    cache = Cache()
    for version in versions:
        cache.put(TRUSSMODELS, obj(version))
    entry = cache.get(TRUSSMODELS, KEY)
    assert entry is not None
    assert entry.version == 11


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from(["x", "y"]))))
def test_owners_are_kept_in_step_with_objects(steps: list[tuple[bool, str, str]]) -> None:
    cache, model = Cache(), dict[str, str]()
    for version, (put, name, owner) in enumerate(steps, 1):
        pod = obj(version, name=name, owner=owner, spec={})
        if put:
            cache.put(PODS, pod)
            model[name] = owner
        else:
            cache.remove(PODS, pod)
            model.pop(name, None)
    for owner in ("x", "y"):
        names = [entry.object["metadata"]["name"] for entry in cache.owned(PODS, Key("ns", owner))]
        assert names == sorted(name for name, held in model.items() if held == owner)
