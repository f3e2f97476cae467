"""A revision that fails gives way to the last good one, once, and whoever asks is told."""

from functools import partial
from typing import Any

import pytest

from api import Api, Hands, Json, condition, reason, until
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating

pytestmark = pytest.mark.asyncio

LABEL = "trussmodel.dev/revision"


def running(deployment: Json) -> str:
    revision: str = deployment["spec"]["template"]["metadata"]["labels"][LABEL]
    return revision


async def change(api: Api, hands: Hands, good: str, image: str, pod: str) -> str:
    """Another revision begins beside the good one; returns it."""
    await api.patch("trussmodels", "echo", {"spec": {"image": image}})
    deployment = await api.until("deployments", "echo", lambda d: running(d) != good)
    await hands.start("echo", pod)
    await hands.see("echo", replicas=2, updatedReplicas=1, readyReplicas=1, availableReplicas=1)
    return running(deployment)


async def fails_and_is_rolled_back(api: Api, hands: Hands, good: str, image: str, pod: str) -> str:
    bad = await change(api, hands, good, image, pod)
    await hands.fail(pod, phase="import", reason="ImportError")
    await api.until("deployments", "echo", lambda d: running(d) == good)
    await api.delete("pods", pod)
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
    return bad


def runs_image(image: str, deployment: Json) -> bool:
    return bool(deployment["spec"]["template"]["spec"]["containers"][0]["image"] == image)


def outcomes(model: Json) -> dict[str, str]:
    return {entry["revision"]: entry["outcome"] for entry in model["status"]["history"]}


async def test_each_revision_is_kept_before_its_deployment_is_applied(
    api: Api, hands: Hands, operator: Operating
) -> None:
    revision = await hands.serve()
    kept = await api.get("controllerrevisions", f"echo-{revision}")
    deployment = await api.get("deployments", "echo")
    assert kept["data"]["spec"]["image"] == "registry.example.com/echo:1"
    assert kept["data"]["template"]["metadata"]["labels"][LABEL] == running(deployment)
    assert kept["metadata"]["ownerReferences"][0]["kind"] == "TrussModel"
    applied = [write.plural for write in operator.api.writes() if write.verb == "apply"]
    assert applied.index("controllerrevisions") < applied.index("deployments")


async def test_failed_revision_gives_way_to_the_last_good_one(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve()
    bad = await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
    model = await api.get("trussmodels", "echo")
    assert model["spec"]["image"] == "registry.example.com/echo:2", "spec is not rewritten"
    assert model["status"]["activeRevision"] == good
    assert outcomes(model) == {bad: "Failed", good: "Succeeded"}
    assert model["status"]["history"][0]["reason"] == "ImportError"
    assert model["status"]["history"][1]["routes"].startswith("predict,")
    assert "@sha256:" in model["status"]["history"][1]["image"]
    assert model["status"]["lastFailure"]["reason"] == "ImportError"
    assert condition(model, "Available")["status"] == "True"
    assert condition(model, "Ready")["status"] == "False"
    assert condition(model, "Stalled")["status"] == "True"
    assert "ImportError" in condition(model, "Ready")["message"]
    assert condition(model, "Reconciling") == {}


async def test_rollback_makes_one_event(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")

    async def events() -> list[Json]:
        return [event for event in await api.list("events") if event["reason"] == "RolledBack"]

    [event] = await until(events, bool)
    assert "ImportError" in event["note"]


async def test_failed_load_is_given_three_tries(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    bad = await change(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await hands.fail("echo-2", phase="load", reason="LoadFailed", ends=2)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "LoadFailed")
    await operator.at_rest()
    assert running(await api.get("deployments", "echo")) == bad
    await hands.fail("echo-2", phase="load", reason="LoadFailed", ends=3)
    await api.until("deployments", "echo", lambda d: running(d) == good)


async def test_deadline_that_passed_is_a_failure(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    await change(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await hands.miss_deadline("echo")
    await api.until("deployments", "echo", lambda d: running(d) == good)
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
    assert model["status"]["history"][0]["reason"] == "ProgressDeadlineExceeded"


async def test_first_revision_has_nothing_to_give_way_to(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model()
    deployment = await api.until("deployments", "echo", lambda _: True)
    await hands.start("echo", "echo-1")
    await hands.see("echo")
    await hands.fail("echo-1", phase="import", reason="ImportError")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "ImportError")
    await operator.at_rest()
    assert outcomes(await api.get("trussmodels", "echo")) == {running(deployment): "Failed"}
    assert running(await api.get("deployments", "echo")) == running(deployment)


async def test_scaling_tries_no_failed_revision_again(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await api.patch("trussmodels", "echo", {"spec": {"replicas": 2}}, subresource="scale")
    deployment = await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 2)
    assert running(deployment) == good


async def test_failed_revision_is_not_tried_when_it_is_asked_for_again(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve()
    bad = await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:1"}})
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
    await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
    await operator.at_rest()
    tried = [
        write.body["spec"]["template"]["metadata"]["labels"][LABEL]
        for write in operator.api.writes("echo")
        if write.plural == "deployments"
    ]
    assert tried.count(bad) == 1


async def test_another_revision_is_tried(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    bad = await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
    third = await change(api, hands, good, "registry.example.com/echo:3", "echo-3")
    await hands.report("echo-3", ready=True)
    await api.delete("pods", "echo-1")
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    assert outcomes(model) == {third: "Succeeded", bad: "Failed", good: "Succeeded"}
    assert list(outcomes(model)) == [third, bad, good]


async def test_config_of_the_restored_revision_is_there_again(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve(config={"size": 1})
    first = await api.list("configmaps")
    await api.patch("trussmodels", "echo", {"spec": {"config": {"size": 2}}})
    await api.until("deployments", "echo", lambda d: running(d) != good)
    await hands.start("echo", "echo-2")
    # As with the strategy Recreate: the old pod is gone, and with it the need for its ConfigMap.
    await api.delete("pods", "echo-1")
    await hands.see("echo")
    await operator.at_rest()
    await hands.fail("echo-2", phase="import", reason="ImportError")
    await api.until("deployments", "echo", lambda d: running(d) == good)
    assert {c["metadata"]["name"] for c in first} <= {
        c["metadata"]["name"] for c in await api.list("configmaps")
    }


async def test_without_rollback_the_failed_revision_stays_beside_the_good_one(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve(rollout={"rollback": "Never"})
    bad = await change(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await hands.fail("echo-2", phase="import", reason="ImportError")
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "ImportError")
    await operator.at_rest()
    assert running(await api.get("deployments", "echo")) == bad
    assert outcomes(model) == {bad: "Failed", good: "Succeeded"}
    assert model["status"]["activeRevision"] == good
    assert condition(model, "Available")["status"] == "True"
    assert condition(model, "Stalled")["status"] == "True"


async def test_restart_is_a_new_revision_of_the_same_image(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve()
    await api.patch("trussmodels", "echo", {"spec": {"rollout": {"restartedAt": "2026-01-31T12:00:00Z"}}})
    deployment = await api.until("deployments", "echo", lambda d: running(d) != good)
    assert runs_image("registry.example.com/echo:1", deployment)


async def test_paused_change_waits_and_says_so(api: Api, hands: Hands, operator: Operating) -> None:
    good = await hands.serve()
    await api.patch("trussmodels", "echo", {"spec": {"paused": True}})
    await api.until("deployments", "echo", lambda d: d["spec"].get("paused", False))
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Paused")
    assert condition(model, "Ready")["status"] == "True"
    await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
    deployment = await api.until("deployments", "echo", lambda d: running(d) != good)
    assert deployment["spec"]["paused"]
    await hands.see("echo", updatedReplicas=0, readyReplicas=1, availableReplicas=1)
    model = await api.until("trussmodels", "echo", lambda m: condition(m, "Ready")["status"] == "False")
    assert reason(model) == "Paused"
    assert condition(model, "Available")["status"] == "True"
    await api.patch("trussmodels", "echo", {"spec": {"paused": False}})
    await api.until("deployments", "echo", lambda d: not d["spec"].get("paused", False))


async def test_strategy_can_be_changed_to_recreate_and_back(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await hands.serve()
    await api.patch("trussmodels", "echo", {"spec": {"rollout": {"strategy": "Recreate"}}})
    await api.until("deployments", "echo", lambda d: d["spec"]["strategy"] == {"type": "Recreate"})
    await api.patch(
        "trussmodels", "echo", {"spec": {"rollout": {"strategy": "RollingUpdate", "maxSurge": 2}}}
    )
    await api.until(
        "deployments",
        "echo",
        lambda d: d["spec"]["strategy"].get("rollingUpdate") == {"maxSurge": 2, "maxUnavailable": 0},
    )


async def test_new_operator_writes_nothing_after_a_rollback(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as first:
        good = await hands.serve()
        await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
        await first.at_rest()
    before = {plural: await api.get(plural, "echo") for plural in ("deployments", "trussmodels")}
    with operating(plane.kubeconfig(OPERATOR), admin_port) as second:
        await second.at_rest()
        assert second.reconciles() > 0
        assert second.api.all == []
    assert {plural: await api.get(plural, "echo") for plural in before} == before


async def test_lost_status_is_rebuilt_and_nothing_is_tried_again(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve()
    bad = await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
    await operator.at_rest()
    before = (await api.get("trussmodels", "echo"))["status"]
    writes = len([w for w in operator.api.writes("echo") if w.plural == "deployments"])
    lost = {key: None for key in before if key != "observedGeneration"}
    await api.patch(
        "trussmodels", "echo", {"status": {**lost, "observedGeneration": -1}}, subresource="status"
    )
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
    await operator.at_rest()
    assert outcomes(model) == {bad: "Failed", good: "Succeeded"}
    assert model["status"]["lastFailure"] == before["lastFailure"]
    assert model["status"]["activeRevision"] == good
    assert model["status"]["history"] == before["history"]
    assert len([w for w in operator.api.writes("echo") if w.plural == "deployments"]) == writes


async def lose_status(api: Api) -> None:
    """As of an object that was restored from a backup: most tools leave the status out."""
    before = (await api.get("trussmodels", "echo"))["status"]
    lost = {**dict.fromkeys(before), "observedGeneration": -1}
    await api.patch("trussmodels", "echo", {"status": lost}, subresource="status")


async def test_status_is_rebuilt_where_nothing_but_the_revisions_was_kept(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port) as first:
        good = await hands.serve(config={"size": 1})
        bad = await fails_and_is_rolled_back(api, hands, good, "registry.example.com/echo:2", "echo-2")
        await first.at_rest()
    before = (await api.get("trussmodels", "echo"))["status"]
    await lose_status(api)
    for plural in ("deployments", "services", "configmaps", "pods"):
        for obj in await api.list(plural):
            await api.delete(plural, obj["metadata"]["name"])
    with operating(plane.kubeconfig(OPERATOR), admin_port) as second:
        deployment = await api.until("deployments", "echo", bool)
        assert running(deployment) == good, "the failed revision is not tried again"
        model = await api.until("trussmodels", "echo", lambda m: reason(m) == "RolledBack")
        assert outcomes(model) == {bad: "Failed", good: "Succeeded"}
        assert model["status"]["lastFailure"] == before["lastFailure"]
        assert condition(model, "Available")["status"] == "False"
        await hands.roll_out("echo", "echo-3")
        model = await api.until(
            "trussmodels", "echo", lambda m: condition(m, "Available")["status"] == "True"
        )
        await second.at_rest()
        model = await api.get("trussmodels", "echo")
    assert model["status"]["history"] == before["history"]
    assert model["status"]["activeRevision"] == good
    assert [config["data"] for config in await api.list("configmaps")] == [{"config.json": '{"size":1}'}]


async def test_status_of_what_serves_is_rebuilt_with_what_came_before(
    api: Api, hands: Hands, operator: Operating
) -> None:
    old = await hands.serve()
    new = await change(api, hands, old, "registry.example.com/echo:2", "echo-2")
    await hands.report("echo-2", ready=True)
    await api.delete("pods", "echo-1")
    await hands.see("echo", readyReplicas=1, availableReplicas=1)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await operator.at_rest()
    before = (await api.get("trussmodels", "echo"))["status"]
    await lose_status(api)
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await operator.at_rest()
    assert list(outcomes(model).items()) == [(new, "Succeeded"), (old, "Succeeded")]
    rebuilt = (await api.get("trussmodels", "echo"))["status"]
    since = ("lastTransitionTime", "time")
    assert without(rebuilt, since) == without(before, since)


async def test_children_restored_for_another_object_of_the_name_give_way_to_new_ones(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await hands.serve()
    kept = [await api.get(plural, "echo") for plural in ("deployments", "services")]
    await api.delete("trussmodels", "echo")
    restored = await api.model()
    with operating(plane.kubeconfig(OPERATOR), admin_port) as operator:
        await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
        await operator.look_twice()  # it does not rest: it looks for them to be gone
        assert [await api.get(plural, "echo") for plural in ("deployments", "services")] == kept
        for plural in ("deployments", "services", "controllerrevisions"):  # as the garbage collector does
            for obj in await api.list(plural):
                await api.delete(plural, obj["metadata"]["name"])
        deployment = await api.until("deployments", "echo", bool)
    assert deployment["metadata"]["ownerReferences"][0]["uid"] == restored["metadata"]["uid"]


def without(value: Any, keys: tuple[str, ...]) -> Any:
    """JSON without those keys, wherever they stand."""
    if isinstance(value, dict):
        return {key: without(item, keys) for key, item in value.items() if key not in keys}
    return [without(item, keys) for item in value] if isinstance(value, list) else value


async def test_ten_revisions_are_kept_and_the_good_one_among_them(
    api: Api, hands: Hands, operator: Operating
) -> None:
    good = await hands.serve()
    for number in range(2, 14):
        image = f"registry.example.com/echo:{number}"
        await api.patch("trussmodels", "echo", {"spec": {"image": image}})
        await api.until("deployments", "echo", partial(runs_image, image))
    kept = await until(lambda: api.list("controllerrevisions"), lambda kept: len(kept) == 10)
    revisions = {each["metadata"]["labels"][LABEL] for each in kept}
    assert good in revisions
    model = await api.until("trussmodels", "echo", lambda m: set(outcomes(m)) == revisions)
    assert list(outcomes(model).values()) == ["Progressing", *["Superseded"] * 8, "Succeeded"]
