"""Where kopf's watches meet the queue: an event goes into the cache and its TrussModel into the queue.

kopf is informer, reconnector and login here, and keeps no state in the cluster: no annotation, no finalizer.
A handler for events must not do work (kopf neither retries it nor waits for it), and must not raise.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import kopf

from truss_operator.controller.cache import Cache, version_of
from truss_operator.controller.forgetful import NoDiffBase, NoProgress
from truss_operator.controller.freshness import REQUEST_SECONDS, Freshness
from truss_operator.controller.key import key_of
from truss_operator.controller.scope import Scope
from truss_operator.controller.unlisted import list_nothing
from truss_operator.controller.urgency import Add, urgency_of, urgency_of_move
from truss_operator.kube.credentials import Access
from truss_operator.kube.resource import TRUSSMODELS, WATCHED, Resource
from truss_operator.kube.session import Answered, session_of

log = logging.getLogger(__name__)

LOGIN_SECONDS = 2.0
"""From one login to the next."""
MUTE_SECONDS = 150.0
"""After which a watch that told nothing is begun anew where it was: its connection may be dead, and only look
open. Where something happens the API server sends a bookmark every minute."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where events go."""

    cache: Cache
    """Takes the objects."""
    add: Add
    freshness: Freshness
    """Takes note that something was told."""
    scope: Scope
    """What is followed."""


@dataclass(frozen=True, slots=True)
class Login:
    """How kopf gets its sessions."""

    access: Callable[[], Awaitable[Access]]
    """Reads the credentials; called again when they were refused, and in time."""
    answered: Answered
    """Told of every request."""


def register(registry: kopf.OperatorRegistry, intake: Intake) -> None:
    """Registers a handler for the events of each watched resource with kopf's registry."""
    for resource in WATCHED:
        handler = _handler(resource, intake)
        kopf.on.event(resource.group, resource.version, resource.plural, id="enqueue", registry=registry)(
            handler
        )


def register_login(
    registry: kopf.OperatorRegistry, login: Login, freshness: Freshness
) -> list[aiohttp.ClientSession]:
    """Has kopf log in with the operator's own credentials, and its requests seen.

    Returns:
        The sessions that are open, filled later on. kopf closes those that it knows; one that was opened
        while it ended it does not.
    """
    sessions: list[aiohttp.ClientSession] = []

    async def open_session(**_: Any) -> kopf.AiohttpSession:
        if sessions:  # what is no token was refused: there may be no other yet
            await asyncio.sleep(LOGIN_SECONDS)
        access = await login.access()
        session = session_of(access, login.access, freshness.requested, login.answered, list_nothing)
        sessions[:] = [*(each for each in sessions if not each.closed), session]
        return kopf.AiohttpSession(server=access.server, aiohttp_session=session)

    kopf.on.login(id="login", registry=registry)(open_session)
    return sessions


class _Pauses:
    """Between the tries of a request: twice as long each time, up to ten seconds, and never the last."""

    def __iter__(self) -> Iterator[float]:
        pause = 1.0
        while True:
            yield pause
            pause = min(10.0, pause * 2)


def configure(settings: kopf.OperatorSettings, scope: Scope) -> None:
    """Sets kopf up as a plain informer."""
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.trust_env = True
    settings.networking.error_backoffs = _Pauses()
    settings.watching.server_timeout = REQUEST_SECONDS
    settings.watching.inactivity_timeout = MUTE_SECONDS
    # It would kill the process so long after the watches were begun anew.
    settings.process.ultimate_exiting_timeout = None
    settings.queueing.exit_timeout = 1.0
    # kopf gives each object a task and a queue for so long after an event.
    settings.queueing.idle_timeout = 0.1
    # No handler here makes kopf write to an object. Should one ever, it must not leave another project's
    # marks there.
    settings.persistence.finalizer = f"{TRUSSMODELS.group}/kopf"
    settings.persistence.progress_storage = NoProgress()
    settings.persistence.diffbase_storage = NoDiffBase()
    for resource in WATCHED:
        if selector := scope.selector_of(resource):
            which = (resource.group, resource.version, resource.plural)
            settings.watching.label_selectors[which] = selector


def _handler(resource: Resource, intake: Intake) -> Callable[..., Any]:
    cache = intake.cache

    async def enqueue(event: dict[str, Any], **_: Any) -> None:
        try:
            obj = {"apiVersion": resource.api_version, "kind": resource.kind, **event["object"]}
            deleted = event["type"] == "DELETED"
            known = cache.get(TRUSSMODELS, key_of(obj)) if resource is TRUSSMODELS else None
            owner = cache.remove(resource, obj) if deleted else cache.put(resource, obj)
            intake.freshness.told(resource, key_of(obj).namespace, version_of(obj))
            if owner is None:
                return
            if resource is TRUSSMODELS:
                urgency = urgency_of(known, obj, deleted=deleted)
            else:
                urgency = urgency_of_move(ready=cache.ready(owner))
        except Exception:  # one object that cannot be read must not keep the others from being seen
            log.exception("an event of %s was not understood", resource.plural)
            return
        intake.add(owner, urgency)

    return enqueue
