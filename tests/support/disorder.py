"""Disorder around the operator: a Hypothesis state machine of all that users, controllers and networks do.

The operator is the real process, killed without notice; the API server is a real one behind a proxy that
makes the weather; `controllers.Controllers` plays the rest of the cluster. Whenever it rests, every status
is true and what a fresh operator would write (`dry_run`, `truth`), and nothing writes any more.
"""

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from api import Api, Json, Refused, condition
from controllers import OWNED, Controllers
from controlplane import OPERATOR, ControlPlane
from dry_run import DryRun
from operator_process import ON_LOOPBACK, Process, running
from truth import lies
from weather import Fault, Weather

NAMES = st.sampled_from(["echo", "whisper"])
PLACES = st.integers(0, 3)
IMAGES = [
    f"registry.example.com/{image}" for image in ("echo:1", "echo:2", "completions:1", "broken:1", "slow:1")
]
ROUTES = {
    "completions": {"completions"},
    "": {"predict", "chat_completions"},
}
CHANGES: list[Json] = [
    *({"image": image} for image in IMAGES),
    *({"replicas": replicas} for replicas in (0, 1, 2)),
    *({"config": config} for config in ({"size": 1}, {"size": 2}, None)),
    *({"env": env} for env in ([{"name": "A", "value": "1"}], None)),
    *({"paused": paused} for paused in (True, False, False)),
    *({"rollout": {"rollback": rollback}} for rollback in ("Never", "Automatic", "Automatic")),
    *({"rollout": {"strategy": strategy}} for strategy in ("Recreate", "RollingUpdate")),
    {"rollout": {"restartedAt": "2026-01-31T12:00:00Z"}},
    {"rollout": {"maxSurge": 2, "minReadySeconds": 5}},
    *({"requiredRoutes": kinds} for kinds in (["predict"], None)),
    *({"resources": it} for it in ({"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}, None, None)),
    *(
        {"podTemplate": it}
        for it in ({"spec": {"hostNetwork": True}}, {"metadata": {"labels": {"a": "b"}}}, None)
    ),
]
SPEC = st.lists(st.sampled_from(CHANGES), max_size=3)
SERVICE_EDITS: list[Json] = [
    {"spec": {"selector": {"app": "other"}}},
    {"spec": {"ports": [{"name": "http", "port": 81, "targetPort": 9}]}},
    {"spec": {"sessionAffinity": "ClientIP"}},
    {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
    {"metadata": {"labels": {"trussmodel.dev/name": "other"}}},
    {"metadata": {"annotations": {"note": "a"}}},
    {"metadata": {"ownerReferences": None}},
]
DEPLOYMENT_EDITS: list[Json] = [
    {"spec": {"replicas": 5}},
    {"spec": {"paused": True}},
    {"spec": {"progressDeadlineSeconds": 7}},
    {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3, "maxUnavailable": 3}, "type": "RollingUpdate"}}},
    {"spec": {"template": {"metadata": {"labels": {"trussmodel.dev/revision": "mine"}}}}},
    {"spec": {"template": {"spec": {"hostNetwork": True, "terminationGracePeriodSeconds": 1}}}},
    {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}},
    {"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm", "team": "a"}}},
    {"metadata": {"ownerReferences": None}},
]
STATUS_EDITS: list[Json | None] = [
    None,
    {"url": "http://elsewhere", "readyReplicas": 7},
    {"conditions": [], "lastFailure": None},
    {"history": None, "activeRevision": None},
    {"observedGeneration": 77},
]
FAULTS = {
    "conflict": Fault(409),
    "too-many": Fault(429, {"Retry-After": "1"}),
    "error": Fault(500),
    "unavailable": Fault(503),
    "timeout": Fault(504),
    "cut": Fault(0),
    "answer-lost": Fault(0, after=True),
    "late": Fault(200, seconds=0.5, late=True),
    "silence": Fault(0, seconds=1),
}
ENDS = {
    "import": ("import", "ImportError"),
    "load": ("load", "LoadFailed"),
    "routes": ("routes", "RequiredRouteMissing"),
    "init": ("init", "InitFailed"),
}
QUIET_SECONDS = 0.4
LONG_QUIET_SECONDS = 2.0
REST_SECONDS = 45.0

_numbers = itertools.count(1)


@dataclass
class Tally:
    """What has been done so far."""

    steps: int = 0
    rests: int = 0
    kills: int = 0
    struck: int = 0
    writes: int = 0
    slowest: float = 0.0
    """Seconds that the longest wait for rest took."""


@dataclass
class Stage:
    """What outlives one run of the machine: the API server, the weather, the operator."""

    plane: ControlPlane
    sky: Weather
    addresses: dict[str, str]
    """By the repository of an image, the IP of its runtime."""
    folder: Path
    loop: asyncio.AbstractEventLoop
    dry_run: DryRun
    tell: Callable[[str], None]
    """Shows how far it has come."""
    tally: Tally = field(default_factory=Tally)
    process: Process | None = None
    failure: str = ""
    """What was wrong first, and the way there; repeated it may come to nothing."""
    _running: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Starts the operator, unless it runs."""
        if self.process is None:
            folder = self.folder / f"operator-{next(_numbers)}"
            folder.mkdir()
            kubeconfig = self.plane.kubeconfig(OPERATOR, server=self.sky.url)
            self.process = self._running.enter_context(running(folder, kubeconfig, command=ON_LOOPBACK))

    def kill(self) -> None:
        """Kills it without notice."""
        self._running.close()
        self.process = None
        self.tally.kills += 1

    def complaints(self) -> list[str]:
        """What the operator says against itself."""
        if self.process is None:
            return []
        lines = [
            json.dumps(line)
            for line in self.process.lines()
            if line["level"] in ("ERROR", "CRITICAL") and line["logger"].startswith("truss_operator")
        ]
        if self.process.popen.poll() is not None:
            lines += ["the operator ended by itself", *self.process.stderr.read_text().splitlines()[-5:]]
        return lines

    def close(self) -> None:
        self._running.close()


class Disorder(RuleBasedStateMachine):
    """The machine; each run has a namespace of its own."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.trace: list[str] = []
        self.began = time.monotonic()
        self.broken = False
        self.api = Api(stage.plane, f"disorder-{next(_numbers)}")
        self.controllers = Controllers(self.api, stage.addresses)
        self.stage.start()
        self.run(self.api.call("POST", "/api/v1/namespaces", {"metadata": {"name": self.api.namespace}}))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.loop.run_until_complete(work)

    def step(self, work: Coroutine[Any, Any, Any], *what: object) -> None:
        """One step. What it is about may be gone or changed meanwhile: then it did nothing."""
        self.stage.tally.steps += 1
        self.trace.append(f"{time.monotonic() - self.began:7.2f} {' '.join(map(str, what))}")
        try:
            self.run(work)
        except Refused as error:
            if error.code not in (404, 409):
                raise
            self.trace[-1] += f" ({error.code})"

    @initialize(changes=SPEC)
    def begin(self, changes: list[Json]) -> None:
        for name in ("echo", "whisper"):
            self.apply(name, changes)
            self.go_on(name)

    # What users do.

    @rule(name=NAMES, changes=SPEC)
    def apply(self, name: str, changes: list[Json]) -> None:
        spec: Json = {"image": IMAGES[0]}
        for change in changes:
            spec |= {key: value for key, value in change.items() if value is not None}
        manifest = {**_TYPE, "metadata": {"name": name}, "spec": spec}
        path = self.api.path("trussmodels", name) + "?fieldManager=kubectl&force=true"
        self.step(self.api.call("PATCH", path, manifest, "application/apply-patch+yaml"), "apply", name, spec)

    @rule(name=NAMES, change=st.sampled_from(CHANGES))
    def edit(self, name: str, change: Json) -> None:
        self.step(self.api.patch("trussmodels", name, {"spec": change}), "edit", name, change)

    @rule(name=NAMES, replicas=st.integers(0, 2))
    def scale(self, name: str, replicas: int) -> None:
        change = {"spec": {"replicas": replicas}}
        self.step(self.api.patch("trussmodels", name, change, subresource="scale"), "scale", name, replicas)

    @rule(name=NAMES, label=st.sampled_from(["a", "b"]))
    def touch(self, name: str, label: str) -> None:
        change = {"metadata": {"labels": {"team": label}}}
        self.step(self.api.patch("trussmodels", name, change), "touch", name)

    @rule(name=NAMES, collected=st.booleans(), again=st.integers(0, 3), changes=SPEC)
    def delete(self, name: str, collected: bool, again: int, changes: list[Json]) -> None:
        self.step(self.api.delete("trussmodels", name), "delete", name)
        if collected:
            self.collect()
        if again:
            self.apply(name, changes)

    @rule(name=NAMES, change=st.sampled_from(STATUS_EDITS))
    def overwrite_status(self, name: str, change: Json | None) -> None:
        self.step(self._overwrite(name, change), "overwrite status of", name, change)

    async def _overwrite(self, name: str, change: Json | None) -> None:
        if change is None:
            status = (await self.api.get("trussmodels", name))["status"]
            change = {**dict.fromkeys(status), "observedGeneration": -1}
        await self.api.patch("trussmodels", name, {"status": change}, subresource="status")

    # What others do to the children.

    @rule(name=NAMES, change=st.sampled_from(SERVICE_EDITS))
    def edit_service(self, name: str, change: Json) -> None:
        self.step(self.api.patch("services", name, change), "edit service", name, change)

    @rule(name=NAMES, change=st.sampled_from(DEPLOYMENT_EDITS))
    def edit_deployment(self, name: str, change: Json) -> None:
        self.step(self.api.patch("deployments", name, change), "edit deployment", name, change)

    @rule(name=NAMES, plural=st.sampled_from(OWNED))
    def delete_child(self, name: str, plural: str) -> None:
        self.step(self._delete_child(name, plural), "delete", plural, "of", name)

    async def _delete_child(self, name: str, plural: str) -> None:
        for obj in await self.api.list(plural):
            if obj["metadata"]["name"].startswith(name) and obj["metadata"].get("ownerReferences"):
                await self.api.delete(plural, obj["metadata"]["name"])
                return

    @rule(name=NAMES, plural=st.sampled_from(["services", "deployments"]))
    def put_stranger(self, name: str, plural: str) -> None:
        self.step(self._put_stranger(name, plural), "stranger in place of", plural, name)

    async def _put_stranger(self, name: str, plural: str) -> None:
        if await self.api.find(plural, name) is not None:
            await self.api.delete(plural, name)
        await self.api.create(plural, {"metadata": {"name": name}, "spec": _STRANGERS[plural]})

    @rule(name=NAMES)
    def remove_strangers(self, name: str) -> None:
        self.step(self._remove_strangers(name), "remove strangers named", name)

    async def _remove_strangers(self, name: str) -> None:
        for plural in ("services", "deployments"):
            found = await self.api.find(plural, name)
            if found is not None and not found["metadata"].get("ownerReferences"):
                await self.api.delete(plural, name)
        # No watch tells that a stranger has gone; whoever removed it need not wait for the next look.
        await self.api.patch("trussmodels", name, {"metadata": {"labels": {"at": str(time.monotonic_ns())}}})

    # What controllers and kubelets do.

    @rule(name=NAMES)
    def replace_pods(self, name: str) -> None:
        self.step(self.controllers.replace(name), "replace pods of", name)

    @rule(name=NAMES)
    def count_pods(self, name: str) -> None:
        self.step(self.controllers.count(name), "count pods of", name)

    @rule(name=NAMES)
    def go_on(self, name: str) -> None:
        self.step(self._go_on(name), "go on with", name)

    async def _go_on(self, name: str) -> None:
        """Everyone does their work for a while: pods come up, or end, by what is in their image."""
        for _ in range(3):
            await self.controllers.replace(name)
            for pod in await self.controllers.pods(name):
                image = pod["spec"]["containers"][0]["image"]
                if "deletionTimestamp" in pod["metadata"]:
                    await self.controllers.lose(pod)
                elif "broken" in image:
                    await self.controllers.end(pod, phase="import", reason="ImportError")
                elif "slow" in image:
                    await self.controllers.end(pod, phase="load", reason="LoadFailed")
                else:
                    await self.controllers.run(pod, ready=True)
            await self.controllers.count(name)

    @rule(name=NAMES, place=PLACES, ready=st.booleans())
    def run_pod(self, name: str, place: int, ready: bool) -> None:
        self.pod(name, place, lambda pod: self.controllers.run(pod, ready=ready), f"run, ready {ready}")

    @rule(name=NAMES, place=PLACES, how=st.sampled_from(sorted(ENDS)))
    def end_pod(self, name: str, place: int, how: str) -> None:
        phase, reason = ENDS[how]
        self.pod(name, place, lambda pod: self.controllers.end(pod, phase=phase, reason=reason), f"end {how}")

    @rule(name=NAMES, place=PLACES, reason=st.sampled_from(["ImagePullBackOff", "InvalidImageName"]))
    def hold_pod(self, name: str, place: int, reason: str) -> None:
        self.pod(name, place, lambda pod: self.controllers.wait(pod, reason), reason)

    @rule(name=NAMES, place=PLACES, how=st.sampled_from(["lose", "dismiss", "evict"]))
    def lose_pod(self, name: str, place: int, how: str) -> None:
        self.pod(name, place, getattr(self.controllers, how), how)

    def pod(self, name: str, place: int, act: Callable[[Json], Coroutine[Any, Any, None]], what: str) -> None:
        async def work() -> None:
            pods = await self.controllers.pods(name)
            if pods:
                await act(pods[place % len(pods)])

        self.step(work(), "pod", place, "of", name, what)

    @rule(name=NAMES, what=st.sampled_from(["miss_deadline", "refuse_pods"]))
    def complain(self, name: str, what: str) -> None:
        self.step(getattr(self.controllers, what)(name), what, name)

    @rule()
    def collect(self) -> None:
        self.step(self.controllers.collect(), "collect garbage")

    # What happens to the operator and on the way.

    @rule(absent=st.booleans(), often=st.integers(0, 2))
    def kill(self, absent: bool, often: int) -> None:
        if often == 0:
            self.stage.kill()
            if not absent:
                self.stage.start()
        self.step(asyncio.sleep(0.02), "kill" if often == 0 else "spare", "absent" if absent else "")

    @rule(expire=st.booleans())
    def end_watches(self, expire: bool) -> None:
        if expire:
            self.stage.sky.expire_watches()
        else:
            self.stage.sky.cut_watches()
        self.step(asyncio.sleep(0.02), "expire watches" if expire else "cut watches")

    @rule(kind=st.sampled_from(sorted(FAULTS)), times=st.integers(1, 4), writes=st.booleans())
    def worsen(self, kind: str, times: int, writes: bool) -> None:
        only_writes = writes or kind == "conflict"
        self.stage.sky.strikes = lambda request: request.method != "GET" or not only_writes
        self.stage.sky.faults = [FAULTS[kind]] * times
        self.step(asyncio.sleep(0.02), "weather:", kind, times, "writes" if only_writes else "all")

    @rule(seconds=st.sampled_from([0.05, 0.2, 1.2]))
    def wait(self, seconds: float) -> None:
        self.step(asyncio.sleep(seconds), "wait", seconds)

    @rule()
    def rest(self) -> None:
        self.step(self._rest(QUIET_SECONDS), "rest")

    async def _rest(self, quiet: float) -> None:
        """Calm weather and an operator that runs: soon all is as it should be, and nothing is written."""
        self.stage.sky.faults = []
        self.stage.start()
        began = time.monotonic()
        while True:
            await self.controllers.collect()
            before = len(self.stage.sky.writes)
            wrong = await self.wrong()
            await asyncio.sleep(QUIET_SECONDS if wrong else quiet)
            wrong += [f"written at rest: {write}" for write in self.stage.sky.writes[before:]]
            waited = time.monotonic() - began
            if not wrong:
                break
            if waited > REST_SECONDS or self.stage.complaints():
                self.broken = True
                failure = "\n".join([f"after {waited:.0f} s:", *wrong, *self.report()])
                self.stage.failure = self.stage.failure or failure
                raise AssertionError(failure)
        self.stage.tally.rests += 1
        self.stage.tally.slowest = max(self.stage.tally.slowest, waited)

    async def wrong(self) -> list[str]:
        """All that is not as it should be now."""
        found = list(self.stage.complaints())
        assert self.stage.process is not None
        if not any(line["message"] == "watching" for line in self.stage.process.lines()):
            return [*found, "the operator has not begun"]
        for model in await self.api.list("trussmodels"):
            name = model["metadata"]["name"]
            if not all(condition(model, kind) for kind in ("Ready", "Available")):
                found.append(f"{name}: not seen yet")
                continue
            deployment, service = (
                await self.api.find("deployments", name),
                await self.api.find("services", name),
            )
            repository = model["spec"]["image"].rpartition("/")[2].partition(":")[0]
            routes = ROUTES.get(repository, ROUTES[""])
            found += [f"{name}: {lie}" for lie in lies(model, deployment, service, routes)]
        try:
            fresh = await self.stage.dry_run.would_write(self.api.namespace)
        except Exception as error:  # noqa: BLE001  # it changed meanwhile: no rest yet
            return [*found, f"no dry run: {error!r}"]
        return found + [f"{name}: would write {change}" for name, all_ in fresh.items() for change in all_]

    def report(self) -> list[str]:
        """The way here, and what the operator said last."""
        said = self.stage.process.stderr.read_text().splitlines()[-20:] if self.stage.process else []
        return ["", "steps:", *self.trace, "", "the operator:", *said]

    def teardown(self) -> None:
        try:
            if not self.broken:
                self.run(self._rest(LONG_QUIET_SECONDS))
        finally:
            self.stage.tally.struck += len(self.stage.sky.struck)
            self.stage.tally.writes = len(self.stage.sky.writes)
            self.stage.sky.struck.clear()
            self.stage.tell(f"disorder: {self.stage.tally}")
            self.run(self._clear())

    async def _clear(self) -> None:
        for plural in ("trussmodels", *OWNED, "pods"):
            for obj in await self.api.list(plural):
                try:
                    await self.api.delete(plural, obj["metadata"]["name"])
                except Refused as error:
                    if error.code != 404:
                        raise
        await self.api.close()


_TYPE = {"apiVersion": "trussmodel.dev/v1alpha1", "kind": "TrussModel"}
_STRANGERS: dict[str, Json] = {
    "services": {"ports": [{"port": 80}]},
    "deployments": {
        "selector": {"matchLabels": {"a": "b"}},
        "template": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {"containers": [{"name": "model", "image": "a"}]},
        },
    },
}
