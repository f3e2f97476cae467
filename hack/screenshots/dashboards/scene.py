"""What the dashboards show: TrussModels of two teams under load, and what may happen to them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from api import Api
from controlplane import ControlPlane
from grants import taken_away

from .load import Callers, chat, complete, fail, leave, predict, stray
from .node import NOWHERE, Node
from .release import NAMESPACE
from .stage import Stage

IMAGE = "registry.example.com/{name}:{tag}"


def _env(**variables: object) -> list[dict[str, str]]:
    return [{"name": f"LAB_{name.upper()}", "value": str(value)} for name, value in variables.items()]


TEAMS: dict[str, dict[str, dict[str, Any]]] = {
    "support": {
        "chat": {"replicas": 2, "env": _env(load_seconds=6, routes="predict,chat_completions")},
        "complete": {"env": _env(load_seconds=2, routes="completions")},
    },
    "search": {
        "rank": {
            "env": _env(load_seconds=3, routes="predict"),
            "concurrency": {"limit": 4, "queue": 8},
            "timeouts": {"requestSeconds": 2},
        },
        "spell": {"env": _env(routes="predict"), "concurrency": {"limit": 16, "queue": 8}},
    },
}
"""The TrussModels of each namespace that serve from the start: their specs."""


async def _tag(node: Node, name: str, tag: str) -> None:
    await node.api.patch("trussmodels", name, {"spec": {"image": IMAGE.format(name=name, tag=tag)}})


async def _add(node: Node, name: str, tag: str = "1.0.0", **spec: Any) -> None:
    await node.api.model(name, **{"image": IMAGE.format(name=name, tag=tag), **spec})


async def _crowd(node: Node, many: int) -> None:
    """A job of the team makes many at once, of which none has pods, and takes them away again."""
    names = [f"trial-{number}" for number in range(many)]
    await asyncio.gather(*(_add(node, name, replicas=0) for name in names))
    await asyncio.sleep(60)
    await asyncio.gather(*(node.api.delete("trussmodels", name) for name in names))


async def _forbid(stage: Stage, seconds: float) -> None:
    """The operator may not write Deployments for a while, and there is one to be written."""
    with taken_away(stage.plane, {"create", "patch"}, "deployments"):
        await _tag(stage.nodes["search"], "spell", "1.0.1")
        await asyncio.sleep(seconds)


async def _take_turns(stage: Stage) -> None:
    """The operator that works ends, and the Deployment makes another one."""
    path = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
    leases = (await stage.nodes["search"].api.call("GET", path))["items"]
    stage.operators.lose(leases[0]["spec"]["holderIdentity"])
    await asyncio.to_thread(stage.operators.add)


async def play(stage: Stage, seconds: float) -> None:
    """All of it.

    Args:
        stage: Set, with the TrussModels of `TEAMS` made.
        seconds: How long it takes.
    """
    support, search = stage.nodes["support"], stage.nodes["search"]
    talk, texts = Callers(support, "chat"), Callers(support, "complete")
    rank, spell = Callers(search, "rank"), Callers(search, "spell")
    always = [
        talk.call(chat(25, 0.06), 2.5),
        talk.call(predict(0.02), 1.5),
        talk.call(leave, 0.08),
        talk.call(fail, 0.05),
        talk.call(stray, 0.05),
        texts.call(complete, 3),
        rank.call(predict(0.25), 5),
        spell.call(predict(0.01), 6),
    ]
    happens: list[tuple[float, Callable[[], Awaitable[None]]]] = [
        (0.10, lambda: _add(search, "drafts", image=f"{NOWHERE}:2.0.0")),
        (0.20, lambda: _for(60, rank.call(predict(0.6), 14))),
        (0.30, lambda: _crowd(search, 40)),
        (0.40, lambda: _tag(support, "chat", "1.1.0")),
        (0.50, lambda: _add(search, "intent", env=_env(fail="import"))),
        (0.55, lambda: _for(50, spell.call(predict(0, block=0.4), 0.5))),
        (0.60, lambda: _forbid(stage, 40)),
        (0.70, lambda: spell.once(predict(0, crash=3))),
        (0.75, lambda: _take_turns(stage)),
        (0.85, lambda: _for(50, rank.call(predict(0.7), 14))),
    ]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in always]
        tasks += [group.create_task(_at(share * seconds, what)) for share, what in happens]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()


async def _at(seconds: float, what: Callable[[], Awaitable[None]]) -> None:
    await asyncio.sleep(seconds)
    await what()


async def _for(seconds: float, what: Awaitable[None]) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(what, seconds)


@asynccontextmanager
async def nodes(plane: ControlPlane, folder: Path) -> AsyncIterator[dict[str, Node]]:
    """The namespaces with their TrussModels, and a node for each that runs while the context lasts."""
    made, tasks = {}, []
    for number, (namespace, models) in enumerate(TEAMS.items(), 1):
        api = Api(plane, namespace)
        await api.call("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        made[namespace] = Node(api, f"127.40.{number}", folder)
        for name, spec in models.items():
            await _add(made[namespace], name, **spec)
    try:
        tasks = [asyncio.create_task(node.run()) for node in made.values()]
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for node in made.values():
            await node.api.close()
