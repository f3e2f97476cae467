"""What others do to the children is undone, in the fields that are ours, and told."""

import pytest

from api import Api, Hands, Json, reason, until
from operating import Operating

pytestmark = pytest.mark.asyncio


def _image(deployment: Json) -> str:
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


async def _events(api: Api, wanted: str) -> list[Json]:
    return [event for event in await api.list("events") if event["reason"] == wanted]


async def _settled(api: Api, hands: Hands) -> None:
    await api.model()
    await api.until("deployments", "echo", lambda _: True)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving")


@pytest.mark.parametrize("plural", ["services", "deployments"])
async def test_deleted_child_is_made_anew(api: Api, hands: Hands, operator: Operating, plural: str) -> None:
    await _settled(api, hands)
    old = (await api.get(plural, "echo"))["metadata"]["uid"]
    await api.delete(plural, "echo")
    await api.until(plural, "echo", lambda obj: obj["metadata"]["uid"] != old)


async def test_edited_field_of_ours_is_set_back(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    await api.patch("services", "echo", {"spec": {"selector": {"app": "other"}}})
    await api.until("services", "echo", lambda s: s["spec"]["selector"].get("trussmodel.dev/name") == "echo")


async def test_event_names_who_took_the_field(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    await api.patch("deployments", "echo", {"spec": {"replicas": 5}}, manager="kubectl-scale")
    await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)
    [event] = await until(lambda: _events(api, "FieldTaken"), bool)
    assert "kubectl-scale" in event["note"]
    assert ".spec.replicas" in event["note"]
    assert event["regarding"]["kind"] == "TrussModel"


async def test_the_same_fact_again_raises_the_count_of_its_event(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await _settled(api, hands)
    for _ in range(3):
        await api.patch("deployments", "echo", {"spec": {"replicas": 5}}, manager="kubectl-scale")
        await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)

    async def events() -> list[Json]:
        return await _events(api, "FieldTaken")

    found = await until(events, lambda events: bool(events) and events[0].get("series", {}).get("count") == 3)
    assert len(found) == 1


async def test_fields_of_others_are_left_alone(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    await api.patch("deployments", "echo", {"spec": {"revisionHistoryLimit": 3}})
    await api.patch("services", "echo", {"metadata": {"annotations": {"example.com/team": "blue"}}})
    await operator.at_rest()
    assert (await api.get("deployments", "echo"))["spec"]["revisionHistoryLimit"] == 3
    annotations = (await api.get("services", "echo"))["metadata"]["annotations"]
    assert annotations["example.com/team"] == "blue"


async def test_label_taken_off_a_child_is_put_back(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    label = "app.kubernetes.io/managed-by"
    await api.patch("services", "echo", {"metadata": {"labels": {label: None}}})
    await api.until("services", "echo", lambda s: label in s["metadata"]["labels"])


async def test_status_that_someone_wrote_over_is_written_anew(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await _settled(api, hands)
    await api.patch("trussmodels", "echo", {"status": {"url": "http://elsewhere"}}, subresource="status")
    await api.until("trussmodels", "echo", lambda m: m["status"]["url"] == f"http://echo.{api.namespace}.svc")


async def test_nothing_is_written_when_nothing_changed(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    await operator.at_rest()
    written = len(operator.api.all)
    await hands.report("echo-1", ready=True)
    await api.patch("trussmodels", "echo", {"metadata": {"labels": {"team": "blue"}}})
    await operator.at_rest()
    assert operator.api.all[written:] == []


async def test_port_of_the_service_that_someone_changed_is_set_back(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await _settled(api, hands)
    ports = [{"name": "http", "port": 81, "targetPort": 9}]
    await api.patch("services", "echo", {"spec": {"ports": ports}}, manager="kubectl-edit")
    service = await api.until("services", "echo", lambda s: s["spec"]["ports"][0]["port"] == 80)
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [(80, "http")]
    [event] = await until(lambda: _events(api, "FieldTaken"), bool)
    assert "Service echo is ours" in event["note"]


async def test_port_that_someone_added_beside_ours_stays(api: Api, hands: Hands, operator: Operating) -> None:
    await _settled(api, hands)
    ports = [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "mine", "port": 90}]
    await api.patch("services", "echo", {"spec": {"ports": ports, "selector": {"a": "b"}}})
    service = await api.until("services", "echo", lambda s: "trussmodel.dev/name" in s["spec"]["selector"])
    assert [port["port"] for port in service["spec"]["ports"]] == [80, 90]


async def test_container_that_someone_put_into_the_pods_stays(
    api: Api, hands: Hands, operator: Operating
) -> None:
    await _settled(api, hands)
    own = (await api.get("deployments", "echo"))["spec"]["template"]["spec"]["containers"]
    containers = [*own, {"name": "sidecar", "image": "a"}]
    change = {"spec": {"replicas": 3, "template": {"spec": {"containers": containers}}}}
    await api.patch("deployments", "echo", change)
    found = await api.until("deployments", "echo", lambda d: d["spec"]["replicas"] == 1)
    names = [container["name"] for container in found["spec"]["template"]["spec"]["containers"]]
    assert names == ["model", "sidecar"]
