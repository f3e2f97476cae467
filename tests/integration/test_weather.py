"""Errors of the API server delay things. They lose nothing."""

import time

import httpx2
import pytest
from aiohttp import web

from api import Api, Hands, Json, reason, until
from controlplane import OPERATOR, ControlPlane
from operating import operating
from ports import free_port
from truss_operator.controller import freshness, handlers, term, watches
from truss_operator.controller.backoff import Backoff
from truss_operator.kube.resource import WATCHED
from truss_operator.settings import Settings
from weather import Fault, Weather, weather

pytestmark = pytest.mark.asyncio

FAULTS = [
    pytest.param(Fault(500), id="500"),
    pytest.param(Fault(503), id="503"),
    pytest.param(Fault(429, {"Retry-After": "1"}), id="429"),
    pytest.param(Fault(0), id="connection-cut"),
    pytest.param(Fault(0, after=True), id="answer-lost"),
    pytest.param(Fault(200), id="a-proxy-s-own-page"),
    pytest.param(Fault(409), id="409"),
]


def _writes(request: web.BaseRequest) -> bool:
    return request.method in {"PATCH", "POST"}


async def _becomes_ready(api: Api, hands: Hands) -> None:
    await api.until("deployments", "echo", lambda _: True, 30)
    await hands.roll_out("echo")
    await api.until("trussmodels", "echo", lambda m: reason(m) == "Serving", 30)


@pytest.mark.parametrize("fault", FAULTS)
async def test_failed_writes_are_tried_again(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, fault: Fault
) -> None:
    with weather(plane) as sky:
        sky.strikes = _writes
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await api.model()
            sky.faults = [fault] * 3
            await _becomes_ready(api, hands)
            assert len(sky.struck) == 3


@pytest.mark.parametrize("fault", FAULTS[:6])
async def test_failed_reads_and_watches_are_tried_again(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, fault: Fault
) -> None:
    with weather(plane) as sky:
        sky.strikes = lambda request: request.method == "GET" and "/apis/trussmodel.dev" in request.path
        sky.faults = [fault] * 3
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await api.model()
            await _becomes_ready(api, hands)
            assert len(sky.struck) == 3


async def test_retry_after_is_honoured(api: Api, plane: ControlPlane, admin_port: int) -> None:
    with weather(plane) as sky:
        struck = 0.0

        def strikes(request: web.BaseRequest) -> bool:
            nonlocal struck
            if request.method != "PATCH" or not request.path.endswith("/services/echo"):
                return False
            struck = struck or time.monotonic()
            return True

        sky.strikes, sky.faults = strikes, [Fault(429, {"Retry-After": "2"})]
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await api.model()
            await api.until("services", "echo", lambda _: True)
            assert time.monotonic() - struck >= 2


async def test_event_that_has_to_wait_for_an_hour_holds_up_no_other(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    async def told() -> list[Json]:
        return await api.list("events")

    with weather(plane) as sky:
        sky.strikes = lambda request: request.method == "POST" and request.path.endswith("/events")
        sky.faults = [Fault(429, {"Retry-After": "3600"})]
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await api.model()
            await _becomes_ready(api, hands)
            first = (await api.get("deployments", "echo"))["spec"]["template"]
            await api.patch("trussmodels", "echo", {"spec": {"config": {"number": 2}}})
            await api.until("deployments", "echo", lambda it: bool(it["spec"]["template"] != first))
            await api.delete("pods", "echo-1")
            await hands.roll_out("echo", "echo-2")
            await until(told, bool)
            assert len(sky.struck) == 1


async def test_what_failed_while_the_way_was_cut_is_tried_again_at_once(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term, "Backoff", lambda: Backoff(base=600, cap=600))
    with weather(plane) as sky, operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
        await api.model()
        await _becomes_ready(api, hands)
        sky.strikes, sky.faults = _writes, [Fault(0)] * 10_000
        await api.patch("trussmodels", "echo", {"spec": {"image": "registry.example.com/echo:2"}})
        await until(lambda: _struck(sky), bool)
        sky.strikes = lambda _: True
        sky.cut_watches()
        cut = len(sky.struck)
        # Twice as many as there are watches: the client itself tries each once more, unseen by anyone.
        await until(lambda: _struck(sky), lambda struck: struck >= cut + 2 * len(WATCHED))
        sky.faults = []
        await api.until(
            "deployments",
            "echo",
            lambda it: "echo:2" in it["spec"]["template"]["spec"]["containers"][0]["image"],
        )


async def test_one_poisoned_object_holds_up_no_other(api: Api, plane: ControlPlane, admin_port: int) -> None:
    with weather(plane) as sky:
        sky.strikes = lambda request: _writes(request) and "/poisoned" in request.path
        sky.faults = [Fault(500)] * 1000
        with operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
            await api.model("poisoned")
            for number in range(20):
                await api.model(f"good-{number}")
            for number in range(20):
                await api.until("deployments", f"good-{number}", lambda _: True, 5)
        assert await api.find("deployments", "poisoned") is None


async def test_watches_that_are_cut_miss_nothing(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with weather(plane) as sky, operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
        await api.model()
        await _becomes_ready(api, hands)
        assert sky.cut_watches() == len(WATCHED)
        await api.delete("services", "echo")
        await api.until("services", "echo", lambda _: True)


async def test_watches_that_are_dead_and_look_open_miss_nothing(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "MUTE_SECONDS", 4)
    with weather(plane) as sky, operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
        await api.model()
        await _becomes_ready(api, hands)
        sky.mute_watches()
        await api.delete("services", "echo")
        await api.until("services", "echo", lambda _: True)


async def test_watch_that_stays_silent_however_often_it_is_begun_anew_shows_in_healthz(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "LAG_SECONDS", 1.0)
    monkeypatch.setattr(watches, "CHECK_SECONDS", 0.2)
    settings = Settings(host="127.0.0.1", port=free_port())

    async def health() -> str:
        return httpx2.get(f"http://127.0.0.1:{settings.port}/healthz").text

    async def edit(number: int) -> None:
        """The operator knows of the Deployment that it writes, and so that its watch owes it."""
        image = f"registry.example.com/echo:{number}"
        await api.patch("trussmodels", "echo", {"spec": {"image": image}})
        await api.until(
            "deployments",
            "echo",
            lambda it: it["spec"]["template"]["spec"]["containers"][0]["image"] == image,
        )

    with weather(plane) as sky:
        config = plane.kubeconfig(OPERATOR, server=sky.url)
        with operating(config, admin_port, settings):
            await api.model()
            await _becomes_ready(api, hands)
            assert await health() == "ok"
            sky.swallows = _watches_deployments
            for number in range(2, 2 + freshness.MOST_RESTARTS):
                begun = await _begun(sky)
                await edit(number)
                await until(lambda: _begun(sky), begun.__lt__)
            silent = "the watch of deployments, begun anew 3 times, tells nothing"
            assert await until(health, lambda text: text != "ok") == silent
            sky.swallows = lambda _: False
            await api.patch("deployments", "echo", {"metadata": {"labels": {"a": "b"}}})
            await until(health, lambda text: text == "ok")


def _watches_deployments(request: web.BaseRequest) -> bool:
    """A list that comes as a stream is none."""
    query = request.query_string
    return request.path.endswith("/deployments") and "watch=true" in query and "sendInitial" not in query


async def _begun(sky: Weather) -> int:
    return sum(map(_watches_deployments, sky.watches))


async def test_deletion_while_the_watches_began_anew_is_seen(
    api: Api, hands: Hands, plane: ControlPlane, admin_port: int
) -> None:
    with weather(plane) as sky, operating(plane.kubeconfig(OPERATOR, server=sky.url), admin_port):
        await api.model()
        await _becomes_ready(api, hands)
        # The lists that the watches begin anew with come late: what goes meanwhile leaves no event.
        sky.strikes = lambda request: request.method == "GET" and "fieldSelector=" in request.query_string
        sky.faults = [Fault(200, seconds=1, late=True)] * len(WATCHED)
        sky.expire_watches()
        await until(lambda: _struck(sky), lambda struck: struck == len(WATCHED))
        await api.delete("services", "echo")
        await api.until("services", "echo", lambda _: True)


async def _struck(sky: Weather) -> int:
    return len(sky.struck)
