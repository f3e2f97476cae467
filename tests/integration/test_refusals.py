"""What cannot be applied is said in the status, and tried again when it can be."""

from typing import Any

import pytest

from api import Api, Hands, condition, reason, until
from controlplane import OPERATOR, ControlPlane
from operating import Operating, operating
from truss_operator.controller import reconciler

pytestmark = pytest.mark.asyncio

SERVICE: dict[str, Any] = {"metadata": {"name": "echo"}, "spec": {"ports": [{"port": 80}]}}


async def test_child_of_someone_else_is_named_and_left_alone(api: Api, operator: Operating) -> None:
    theirs = await api.create("services", SERVICE)
    await api.model()
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "NameConflict")
    assert "Service echo" in condition(model, "Ready")["message"]
    assert condition(model, "Stalled")["status"] == "True"
    await operator.at_rest()
    assert (await api.get("services", "echo"))["metadata"] == theirs["metadata"]
    assert await api.find("deployments", "echo") is None


async def test_name_conflict_makes_one_event(api: Api, operator: Operating) -> None:
    await api.create("services", SERVICE)
    await api.model()

    async def reasons() -> list[str]:
        return [event["reason"] for event in await api.list("events")]

    assert await until(reasons, bool) == ["NameConflict"]


async def test_name_that_becomes_free_is_taken(
    api: Api, operator: Operating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "NAME_CONFLICT_PAUSE", 0.5)
    await api.create("services", SERVICE)
    await api.model()
    await api.until("trussmodels", "echo", lambda m: reason(m) == "NameConflict")
    await api.delete("services", "echo")
    await api.until("deployments", "echo", lambda _: True)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")


async def test_child_of_a_deleted_namesake_is_waited_for(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model()
    old = await api.until("deployments", "echo", lambda _: True)
    [kept] = await api.list("controllerrevisions")
    await api.delete("trussmodels", "echo")
    new = await api.model()
    await operator.look_twice()
    waits = await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")
    assert "of an earlier TrussModel of this name is still there" in condition(waits, "Ready")["message"]
    await api.delete("controllerrevisions", kept["metadata"]["name"])  # as the garbage collector would
    for plural in ("services", "deployments"):
        assert (await api.get(plural, "echo"))["metadata"]["ownerReferences"][0]["uid"] != new["metadata"][
            "uid"
        ]
        await api.delete(plural, "echo")  # as the garbage collector would
    await api.until("deployments", "echo", lambda d: d["metadata"]["uid"] != old["metadata"]["uid"])


async def test_spec_that_the_api_server_refuses_is_told_with_the_field(api: Api, operator: Operating) -> None:
    await api.model(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}})
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    message = condition(model, "Ready")["message"]
    assert "resources.requests" in message
    assert "must be less than or equal to cpu limit" in message
    assert condition(model, "Stalled")["status"] == "True"


async def test_corrected_spec_is_applied(api: Api, operator: Operating) -> None:
    await api.model(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1"}})
    await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    await api.patch("trussmodels", "echo", {"spec": {"resources": {"limits": {"cpu": "3"}}}})
    await api.until("deployments", "echo", lambda _: True)
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Progressing")


async def test_refused_change_leaves_what_serves(api: Api, hands: Hands, operator: Operating) -> None:
    await api.model()
    before = await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    await api.patch(
        "trussmodels", "echo", {"spec": {"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}}
    )
    model = await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    assert condition(model, "Available")["status"] == "True"
    assert (await api.get("deployments", "echo"))["spec"] == before["spec"]


async def test_refused_pod_template_leaves_nothing_behind(api: Api, operator: Operating) -> None:
    await api.model(podTemplate={"spec": {"restartPolicy": "Never"}}, config={"a": 1})
    await api.until("trussmodels", "echo", lambda m: reason(m) == "InvalidSpec")
    await operator.at_rest()
    for plural in ("services", "configmaps", "controllerrevisions", "deployments"):
        assert [child for child in await api.list(plural) if "ownerReferences" in child["metadata"]] == []


async def test_name_that_is_taken_leaves_nothing_behind(api: Api, operator: Operating) -> None:
    deployment = {
        "metadata": {"name": "echo"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "c", "image": "i"}]},
            },
        },
    }
    await api.create("deployments", deployment)
    await api.model()
    await api.until("trussmodels", "echo", lambda m: reason(m) == "NameConflict")
    await operator.at_rest()
    assert await api.find("services", "echo") is None
    assert await api.list("controllerrevisions") == []


@pytest.mark.parametrize("refused", ["by-us", "for-a-stranger"])
async def test_deployment_that_lost_its_label_is_told_of_also_while_nothing_is_applied(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, refused: str
) -> None:
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        await api.model()
        await api.until("deployments", "echo", bool)
        await hands.roll_out("echo")
        await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")
    # Without it no watch tells of the Deployment.
    label = {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}}
    await api.patch("deployments", "echo", label)
    if refused == "by-us":
        pod = {"spec": {"hostNetwork": True}}
        await api.patch("trussmodels", "echo", {"spec": {"podTemplate": pod}})
    else:
        await api.delete("services", "echo")
        await api.create("services", SERVICE)
    with operating(plane.kubeconfig(OPERATOR), admin_port):
        model = await api.until(
            "trussmodels", "echo", lambda m: reason(m) in ("InvalidSpec", "NameConflict"), 30
        )
    assert condition(model, "Available")["status"] == "True"
    assert model["status"]["replicas"] == 1
