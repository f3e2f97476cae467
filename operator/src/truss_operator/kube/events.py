"""Writes Kubernetes Events, one per fact: the same fact again raises a count instead of making another.

A fact is (object, reason, message); the Event's name is made of it, so that a restarted operator, too, finds
its own. Events tell people; nothing depends on them. So they are posted beside the reconciles, tried a few
times, and dropped with a line in the log when the API server will not have them. Source of the shape:
events.k8s.io/v1, API reference.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from truss_operator.kube.api import KubeApi
from truss_operator.kube.client import FIELD_MANAGER
from truss_operator.kube.errors import AlreadyExists, ApiError, NotFound
from truss_operator.kube.resource import EVENTS
from truss_operator.observation import Json
from truss_operator.times import micro_time

log = logging.getLogger(__name__)

_NOTE_BYTES = 1024
_BACKLOG = 1000
_TRIES = 5
_PATIENCE_SECONDS = 30.0
"""The longest Retry-After that is waited out: all that was recorded later waits with it."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened."""

    type: Literal["Normal", "Warning"]
    reason: str
    """CamelCase, from the vocabulary of docs/reference/status.md."""
    note: str
    action: str = "Reconcile"
    """What the operator was doing."""


class EventRecorder:
    """Takes facts at any time, posts them one after another from `run`.

    Args:
        api: Where to post them.
        now: The wall clock, aware.
        instance: Which operator process this is: its pod's name.
    """

    def __init__(self, api: KubeApi, now: Callable[[], datetime], instance: str) -> None:
        self._api = api
        self._now = now
        self._instance = instance
        self._backlog: asyncio.Queue[tuple[Json, Fact, datetime]] = asyncio.Queue(_BACKLOG)

    def record(self, regarding: Json, fact: Fact) -> None:
        """Notes a fact about an object, to be posted soon."""
        try:
            self._backlog.put_nowait((regarding, fact, self._now()))
        except asyncio.QueueFull:
            log.warning("event dropped, %d are waiting: %s: %s", _BACKLOG, fact.reason, fact.note)

    async def run(self) -> None:
        """Posts what is recorded, until cancelled."""
        while True:
            regarding, fact, when = await self._backlog.get()
            await self._post(regarding, fact, when)
            self._backlog.task_done()

    async def drain(self) -> None:
        """Returns when all that was recorded has been posted or dropped."""
        await self._backlog.join()

    async def _post(self, regarding: Json, fact: Fact, when: datetime) -> None:
        event = event_of(regarding, fact, when, self._instance)
        for attempt in range(1, _TRIES + 1):
            try:
                await self._write(event, when)
            except ApiError as error:
                pause = max(0.2 * 2**attempt, error.retry_after or 0.0)
                hopeless = (
                    isinstance(error, NotFound) or error.status in (403, 422) or pause > _PATIENCE_SECONDS
                )
                if attempt == _TRIES or hopeless:
                    log.warning("event dropped: %s: %s: %s", fact.reason, fact.note, error)
                    return
                await asyncio.sleep(pause)
            else:
                return

    async def _write(self, event: dict[str, Any], when: datetime) -> None:
        try:
            await self._api.create(EVENTS, event)
        except AlreadyExists:
            namespace, name = event["metadata"]["namespace"], event["metadata"]["name"]
            known = await self._api.get(EVENTS, namespace, name)
            count = ((known.get("series") or {}).get("count") or 1) + 1
            series = {"count": count, "lastObservedTime": micro_time(when)}
            await self._api.patch(EVENTS, namespace, name, {"series": series})


def event_of(regarding: Json, fact: Fact, when: datetime, instance: str) -> dict[str, Any]:
    """The Event for a fact; the same (object, reason, note) gets the same name."""
    metadata = regarding["metadata"]
    digest = hashlib.blake2b(
        f"{metadata['uid']}\0{fact.reason}\0{fact.note}".encode(), digest_size=8
    ).hexdigest()
    return {
        "apiVersion": EVENTS.api_version,
        "kind": EVENTS.kind,
        "metadata": {"namespace": metadata["namespace"], "name": f"{metadata['name'][:200]}.{digest}"},
        "type": fact.type,
        "reason": fact.reason,
        "note": _cut(fact.note),
        "action": fact.action,
        "eventTime": micro_time(when),
        "reportingController": FIELD_MANAGER,
        "reportingInstance": instance[:128],
        "regarding": {
            "apiVersion": regarding["apiVersion"],
            "kind": regarding["kind"],
            "namespace": metadata["namespace"],
            "name": metadata["name"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
        },
    }


def _cut(note: str) -> str:
    encoded = note.encode()
    if len(encoded) <= _NOTE_BYTES:
        return note
    return encoded[: _NOTE_BYTES - 3].decode(errors="ignore") + "..."
