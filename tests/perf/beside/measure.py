"""One contender measured: a control plane of its own, a burst, and what that took until nothing moved."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.perf.at_scale.crowd import make_namespaces
from tests.perf.at_scale.process import Operator, kubelet
from tests.perf.at_scale.server import connected

from controlplane import ADMIN, AUDIT_LOG, OPERATOR, control_plane

from .calls import Audit, Call
from .certificate import Certificate, certificate
from .contender import Contender, Place
from .flock import Flock, flock
from .relay import Bytes, Relay, relayed

PODS_PER_SECOND = 400.0
QUIET_SECONDS = 10.0
SECONDS_EACH = 3.0
"""How long an object may take before the burst counts as failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a burst took."""

    count: int
    seconds: float
    """From the first create until the last was seen ready."""
    cpu_seconds: float
    """Of the contender, until it was quiet."""
    memory: int
    """Its memory at most, in bytes."""
    memory_before: int
    """Its memory at rest, before the burst."""
    calls: tuple[Call, ...]
    bytes: Bytes
    later: int
    """Its calls after it had been quiet once, in as long again."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A contender at work, with all that looks at it."""

    running: Operator
    audit: Audit
    relay: Relay
    many: Flock


async def measured(contender: Contender, folder: Path, count: int) -> Outcome:
    """Raises a control plane in that folder, installs the contender, has that many objects made at once."""
    with control_plane(folder) as plane:
        admin, own = plane.kubeconfig(ADMIN), certificate(folder / "certificate")
        async with relayed(plane, own) as (relay, url), connected(admin) as server:
            config = _kubeconfig(folder / "kubeconfig", url, own, plane.tokens[OPERATOR])
            place = Place(folder, plane, config, own)
            await asyncio.to_thread(contender.prepare, place)
            await make_namespaces(server)
            with kubelet(folder, admin, PODS_PER_SECOND, contender.selector):
                async with _running(contender, place) as running, flock(server, contender) as many:
                    return await _burst(Scene(running, Audit(folder / AUDIT_LOG), relay, many), count)


async def _burst(scene: Scene, count: int) -> Outcome:
    running, audit = scene.running, scene.audit
    first = await _quiet(audit)
    cpu, carried, memory = running.cpu_seconds(), scene.relay.bytes(), running.memory("VmRSS")
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(scene.many.make(count))
        group.create_task(scene.many.all_ready(count, 60 + count * SECONDS_EACH))
    seconds = time.monotonic() - began
    last = await _quiet(audit)
    cpu, carried, most = running.cpu_seconds() - cpu, scene.relay.bytes().since(carried), running.memory()
    await asyncio.sleep(QUIET_SECONDS)
    later = audit.read() - last
    return Outcome(count, seconds, cpu, most, memory, tuple(audit.calls[first:last]), carried, later)


async def _quiet(audit: Audit) -> int:
    """Returns when there has been no call for a while; how many there were until then."""
    before = -1
    while (now := audit.read()) != before:
        before = now
        await asyncio.sleep(QUIET_SECONDS)
    return now


@asynccontextmanager
async def _running(contender: Contender, place: Place) -> AsyncIterator[Operator]:
    """Waits for it on a thread, for the relay that it needs is on this one."""
    context = contender.run(place)
    running = await asyncio.to_thread(context.__enter__)
    try:
        yield running
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


def _kubeconfig(path: Path, url: str, own: Certificate, token: str) -> Path:
    """One that leads to the relay."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": str(own.public)}}],
        "users": [{"name": OPERATOR, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": OPERATOR}}],
        "current-context": "test",
    }
    path.write_text(json.dumps(document))
    return path
