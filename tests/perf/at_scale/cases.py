"""What is measured at scale, one after another on one control plane, and what is to be reached."""

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .crowd import Crowd
from .process import Operator, kubelet, operator

LEASE = ("--leader-elect", "--lease-namespace=default")
QUIET_SECONDS = 15.0
EDITS = 100
PODS_PER_SECOND = 400.0
MEBIBYTE = 2**20

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    target: str
    measured: str
    met: bool | None
    """None when there is nothing to be reached."""


@dataclass(slots=True)
class Bench:
    """Where it is measured."""

    folder: Path
    operator_config: Path
    admin_config: Path
    crowd: Crowd
    tell: Tell
    small: int
    """How many come at once."""
    large: int
    """Among how many the rest is measured."""


async def at_once(bench: Bench, running: Operator, prefix: str, count: int) -> tuple[float, float]:
    """Makes that many and waits until all serve; seconds, and those of the operator's CPU."""
    began, cpu = time.monotonic(), running.cpu_seconds()
    async with asyncio.TaskGroup() as group:
        group.create_task(bench.crowd.make(prefix, count))
        group.create_task(bench.crowd.all_serve(prefix, count, 60 + count * 0.6))
    return time.monotonic() - began, running.cpu_seconds() - cpu


async def created(bench: Bench, running: Operator, prefix: str, count: int) -> tuple[list[Figure], float]:
    """Many at once; and the operator's CPU seconds for each."""
    calls, writes = running.calls(), running.writes()
    seconds, cpu = await at_once(bench, running, prefix, count)
    calls, writes = running.calls() - calls, running.writes() - writes
    memory = running.memory()
    most = 60.0 if count == bench.small else 720.0
    mebibytes = 150 if count == bench.small else 600
    figures = [
        Figure(
            f"{count:,} TrussModels at once: all written",
            f"≤ {most:g} s",
            f"{seconds:.1f} s; {cpu:.1f} s of the operator's CPU, {cpu / count * 1000:.1f} ms each",
            seconds <= most,
        ),
        Figure(
            f"the operator's memory at most, after {count:,}",
            f"≤ {mebibytes} MiB",
            f"{memory / MEBIBYTE:.0f} MiB",
            memory <= mebibytes * MEBIBYTE,
        ),
        Figure(
            "calls of the operator for each of them",
            "",
            f"{calls / count:.1f}, {writes / count:.1f} of them writes",
            None,
        ),
    ]
    return figures, cpu / count


def flat(bench: Bench, few: float, many: float) -> Figure:
    """Whether each of many costs as much as each of few."""
    ratio = many / few
    what = f"the operator's CPU for each of {bench.large:,}, next to each of {bench.small:,}"
    return Figure(what, "≤ 1.3 times", f"{ratio:.2f}", ratio <= 1.3)


async def quiet(running: Operator, what: str) -> Figure:
    """Writes when all is settled."""
    await _drained(running)
    before = running.writes()
    await asyncio.sleep(QUIET_SECONDS)
    writes = running.writes() - before
    return Figure(what, "0", f"{writes:.0f} in {QUIET_SECONDS:g} s", writes == 0)


async def restarted(bench: Bench, count: int) -> list[Figure]:
    """A new operator among many that are settled."""
    with operator(bench.folder, bench.operator_config, "restarted") as running:
        ready = await asyncio.to_thread(running.ready_seconds)
        await _drained(running)
        settled = time.monotonic() - running.started
        writes, memory = running.writes(), running.memory("VmRSS")
        return [
            Figure(f"restart among {count:,} settled: ready", "≤ 60 s", f"{ready:.1f} s", ready <= 60),
            Figure(
                f"restart among {count:,} settled: writes",
                "0",
                f"{writes:.0f}; all looked at after {settled:.1f} s",
                writes == 0,
            ),
            Figure("the operator's memory after the restart", "", f"{memory / MEBIBYTE:.0f} MiB", None),
            *await edited(bench, running, count),
        ]


async def edited(bench: Bench, running: Operator, count: int) -> list[Figure]:
    """Edits of single ones, with all at rest and while others are made."""
    calm = await _edits(bench, count, "calm")
    crowding = asyncio.create_task(at_once(bench, running, "late", bench.small))
    busy = await _edits(bench, count, "busy", until=crowding)
    await crowding
    return [
        _latency(f"one edit among {count:,} settled: child patched, p99", calm, 1.0),
        _latency(f"the same while {bench.small:,} others are made, p99", busy, 2.0),
    ]


async def _edits(
    bench: Bench, count: int, tag: str, until: "asyncio.Task[tuple[float, float]] | None" = None
) -> list[float]:
    found: list[float] = []
    for turn in range(EDITS):
        if until is not None and until.done():
            break
        number = turn * max(1, count // EDITS) % count
        found.append(await bench.crowd.edit(f"crowd-{number}", number, f"{tag}-{turn}"))
    return found


async def failed_over(bench: Bench) -> Figure:
    """The leader killed while many are made, next to as many that are made with both alive."""
    with ExitStack() as stack:
        leader = stack.enter_context(operator(bench.folder, bench.operator_config, "first", *LEASE))
        await asyncio.to_thread(leader.ready_seconds)
        await _leads(leader)
        second = stack.enter_context(operator(bench.folder, bench.operator_config, "second", *LEASE))
        await asyncio.to_thread(second.ready_seconds)
        undisturbed, _ = await at_once(bench, leader, "guarded", bench.small)
        task = asyncio.create_task(at_once(bench, second, "orphan", bench.small))
        await asyncio.sleep(undisturbed / 3)
        leader.popen.kill()
        seconds, _ = await task
        more = seconds - undisturbed
        return Figure(
            f"leader killed while {bench.small:,} are made",
            "none lost, ≤ 15 s more",
            f"none lost, {seconds:.1f} s, with both alive {undisturbed:.1f} s: {more:+.1f} s",
            more <= 15,
        )


def _latency(what: str, seconds: list[float], most: float) -> Figure:
    p99 = statistics.quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]
    median = statistics.median(seconds)
    told = f"{p99 * 1000:.0f} ms (median {median * 1000:.0f} ms of {len(seconds)})"
    return Figure(what, f"≤ {most:g} s", told, p99 <= most)


async def _leads(running: Operator) -> None:
    name = 'leader_election_master_status{name="trussmodel-operator"}'
    while not running.counts().get(name):  # noqa: ASYNC110  # another process: nothing to await
        await asyncio.sleep(0.2)


async def _drained(running: Operator) -> None:
    """Returns when nothing waits and nothing has been reconciled for three seconds."""
    before = -1.0
    while True:
        counts = running.counts()
        total = sum(v for n, v in counts.items() if n.startswith("controller_runtime_reconcile_total"))
        if counts['workqueue_depth{name="trussmodel"}'] == 0 and total == before:
            return
        before = total
        await asyncio.sleep(3)


async def measured(bench: Bench) -> list[Figure]:
    """All of it."""
    figures: list[Figure] = []

    def take(*found: Figure) -> None:
        figures.extend(found)
        for figure in found:
            bench.tell(f"{figure.what}: {figure.measured} (to reach: {figure.target or '-'})")

    with kubelet(bench.folder, bench.admin_config, PODS_PER_SECOND):
        with operator(bench.folder, bench.operator_config, "small") as running:
            await asyncio.to_thread(running.ready_seconds)
            found, few = await created(bench, running, "small", bench.small)
            take(*found)
            take(await quiet(running, f"writes after {bench.small:,} are settled"))
            running.end()
        take(await failed_over(bench))
        count = bench.large
        with operator(bench.folder, bench.operator_config, "large") as running:
            await asyncio.to_thread(running.ready_seconds)
            found, many = await created(bench, running, "crowd", count)
            take(*found, flat(bench, few, many))
            take(await quiet(running, f"writes after {count + 3 * bench.small:,} are settled"))
            running.end()
        take(*await restarted(bench, count))
    return figures
