"""Looks closer at pods that get no further: their Events, and what their runtime says it is at.

A pod's own status tells most failures. Some show in its Events alone (a Secret that cannot be mounted, a
probe that ended it), some in nothing but that its port does not answer. Neither is watched: only pods that
are stuck are asked about, with growing pauses, and beside the reconcile: that waits for `PROMPT`, no longer.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from truss_operator.controller.key import Key
from truss_operator.controller.stuck import (
    containers,
    is_over,
    lacks_image,
    may_be_stuck,
    runs,
    stage_of,
    tells_too_little,
    was_ready,
)
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import ApiError
from truss_operator.kube.resource import EVENTS
from truss_operator.observation import Json, PodEvent, Signs
from truss_operator.probe.dialler import PodAddress
from truss_operator.probe.prober import PROMPT
from truss_operator.status.reasons import RUNTIME_MISSING, UNRESPONSIVE
from truss_operator.status.starting import PULL_SECRET_MISSING

log = logging.getLogger(__name__)

STUCK = 2.0
"""Seconds after which a pod that has come no further is looked at."""
LONGEST_PAUSE = 30.0
SILENCE_LOST, SILENCE_STARTED, SILENCE_NEW = 2.0, 5.0, 30.0
"""Seconds without an answer that are told: of a container that was ready, whose probes the kubelet has found
unanswered; of one that has answered before; and of a new one."""
LATE = 1.0
"""Seconds by which a kubelet's Event may follow what it puts into the pod's status."""
MOST_EVENTS = 500
"""Of one pod. A kubelet leaves a few dozen; whoever may write Events may write any number, of any pod."""
NOTE_CHARACTERS = 2048
"""Of an Event, as far as it is looked at."""
MOST_PODS = 3
"""Of one TrussModel at once: the others suffer from the same."""
SILENT_REASONS = (RUNTIME_MISSING.name, UNRESPONSIVE.name)


class Reader(Protocol):
    """Asks a pod for its state; `truss_operator.probe.state.StateReader` is one."""

    async def read(self, pod: PodAddress) -> tuple[str, str] | None:
        """State and problem, or None when no runtime answers."""
        ...


@dataclass(slots=True)
class _Case:
    """One pod that may be stuck."""

    stage: tuple[object, ...]
    since: float
    next_at: float
    pause: float = STUCK
    silent_since: float | None = None
    signs: Signs = field(default_factory=Signs)
    looking: asyncio.Task[None] | None = None
    looked: bool = False

    def put_off(self, now: float, *, for_good: bool) -> None:
        """Sets the time of the next look, each pause longer than the one before."""
        self.next_at = math.inf if for_good else now + self.pause
        self.pause = min(LONGEST_PAUSE, self.pause * 2)

    def look_by(self, at: float) -> None:
        """Has it looked at by then."""
        self.next_at = min(self.next_at, at)

    def told(self) -> Signs:
        """What is known of the pod; of one that is being looked at for the first time, that much."""
        return Signs(pending=True) if self.looking is not None and not self.looked else self.signs


class Inspector:
    """Remembers since when each pod is stuck, and what was found.

    Args:
        api: The API server.
        reader: The way to the runtimes.
        time: Monotonic seconds.
    """

    def __init__(self, api: KubeApi, reader: Reader, time: Callable[[], float]) -> None:
        self._api = api
        self._reader = reader
        self._time = time
        self._cases: dict[Key, dict[str, _Case]] = {}
        self._events_at = 0.0
        """Before this the API server does not want to be asked for Events."""

    async def look(
        self, key: Key, pods: Sequence[Json], revision: str, known: str | None
    ) -> tuple[Mapping[str, Signs], float | None]:
        """Looks at the pods whose time has come.

        Args:
            key: Whose pods; calls for one key never overlap.
            pods: All of them.
            revision: The wanted one; pods of others are left alone.
            known: The failure that the status reports of that revision. What was found once, by an operator
                before this one perhaps, is looked for without waiting.

        Returns:
            What is known, by pod, and the seconds until another look may bring something new.
        """
        before, now = self._cases.get(key, {}), self._time()
        suspects = sorted((pod for pod in pods if may_be_stuck(pod, revision)), key=is_over)[:MOST_PODS]
        cases: dict[str, _Case] = {}
        begun: list[asyncio.Task[None]] = []
        for pod in suspects:
            name, stage = pod["metadata"]["name"], stage_of(pod)
            case = before.get(name)
            if case is None or case.stage != stage:
                at_once = known is not None or tells_too_little(pod)
                case = _Case(stage, now, now if at_once else now + STUCK)
            cases[name] = case
            if case.looking is None and now >= case.next_at:
                case.looking = asyncio.create_task(self._inspect(case, pod, known), name=f"a look at {name}")
                begun.append(case.looking)
        _end(case for name, case in before.items() if cases.get(name) is not case)
        if cases:
            self._cases[key] = cases
        else:
            self._cases.pop(key, None)
        if begun:
            await asyncio.wait(begun, timeout=PROMPT)
        pauses = [pause for pause in map(self._pause, cases.values()) if pause != math.inf]
        return {name: case.told() for name, case in cases.items()}, min(pauses, default=None)

    def forget(self, key: Key) -> None:
        """Drops what is known of a TrussModel's pods."""
        _end(self._cases.pop(key, {}).values())

    def _pause(self, case: _Case) -> float:
        """Seconds until another look at it may bring something new; takes note of one that has ended."""
        if case.looking is not None and not case.looking.done():
            return PROMPT
        if case.looking is not None:
            looked, case.looking = case.looking, None
            looked.result()
        return max(0.0, case.next_at - self._time())

    async def _inspect(self, case: _Case, pod: Json, known: str | None) -> None:
        events, answer, asked = await self._events(pod), None, self._time()
        running = [container for container in containers(pod) if runs(container)]
        if running:
            answer = await self._reader.read(PodAddress.of(pod))
        now = self._time()
        case.put_off(now, for_good=is_over(pod) and events is not None)
        silent = False
        if not running or answer is not None:
            case.silent_since = None
        else:
            patience_ends = _patience_ends(case, pod, running, asked)
            silent = now >= patience_ends or known in SILENT_REASONS
            if not silent:
                case.look_by(patience_ends)
        told = case.signs.events if events is None else events
        early = now < case.since + LATE and _may_lack_its_event(pod, told)
        if early:
            case.look_by(case.since + LATE)
        state, problem = answer or ("", "")
        case.signs, case.looked = Signs(told, state, problem, silent, early), True

    async def _events(self, pod: Json) -> tuple[PodEvent, ...] | None:
        if self._time() < self._events_at:
            return None
        metadata = pod["metadata"]
        selector = f"regarding.uid={metadata['uid']}"
        found: list[PodEvent] = []
        try:
            async for page in self._api.list(
                EVENTS, namespace=metadata["namespace"], field_selector=selector
            ):
                found += [_event(item) for item in page.items]
                if len(found) >= MOST_EVENTS:
                    break
        except ApiError as error:
            self._events_at = self._time() + (error.retry_after or 0.0)
            log.warning("the events of pod %s are not read: %s", metadata["name"], error)
            return None
        return tuple(sorted(found, key=lambda event: event.time, reverse=True))


def _end(cases: Iterable[_Case]) -> None:
    for case in cases:
        if case.looking is not None:
            case.looking.cancel()


def _patience_ends(case: _Case, pod: Json, running: Sequence[Json], asked: float) -> float:
    """When a pod whose running containers do not answer has been silent for long enough to tell of it."""
    started = all(container.get("started") for container in running)
    # A new container is silent from its start, one that has answered from when it no longer does.
    if case.silent_since is None:
        case.silent_since = asked if started else case.since
    return case.silent_since + (
        SILENCE_NEW if not started else SILENCE_LOST if was_ready(pod) else SILENCE_STARTED
    )


def _may_lack_its_event(pod: Json, told: Iterable[PodEvent]) -> bool:
    """Whether an Event that is not there yet may name why the image is not."""
    return lacks_image(pod) and all(event.reason != PULL_SECRET_MISSING for event in told)


def _event(item: Mapping[str, Any]) -> PodEvent:
    series = item.get("series") or {}
    time = (
        series.get("lastObservedTime")
        or item.get("deprecatedLastTimestamp")
        or item.get("eventTime")
        or item["metadata"].get("creationTimestamp")
    )
    return PodEvent(item.get("reason") or "", (item.get("note") or "")[:NOTE_CHARACTERS], time or "")
