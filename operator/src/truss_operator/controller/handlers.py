"""Where kopf's watches meet the queue: an event goes into the cache and its TrussModel into the queue.

kopf is informer, reconnector and login here, and keeps no state in the cluster: no annotation, no finalizer.
A handler for events must not do work (kopf neither retries it nor waits for it), and must not raise.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import kopf

from truss_operator.builders.labels import MANAGED_BY_SELECTOR
from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key
from truss_operator.kube.credentials import Access
from truss_operator.kube.resource import CHILDREN, PODS, TRUSSMODELS, WATCHED, Resource

log = logging.getLogger(__name__)


def register(registry: kopf.OperatorRegistry, cache: Cache, add: Callable[[Key], None]) -> None:
    """Registers a handler for the events of each watched resource.

    Args:
        registry: kopf's.
        cache: Takes the objects.
        add: Has a TrussModel reconciled.
    """
    for resource in WATCHED:
        handler = _handler(resource, cache, add)
        kopf.on.event(resource.group, resource.version, resource.plural, id="enqueue", registry=registry)(
            handler
        )


def register_login(registry: kopf.OperatorRegistry, access: Callable[[], Awaitable[Access]]) -> None:
    """Has kopf log in with the operator's own credentials.

    Args:
        registry: kopf's.
        access: Returns an awaitable `Access`; asked again when it has expired or was refused.
    """

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return connection_info(await access())

    kopf.on.login(id="login", registry=registry)(login)


def connection_info(access: Access) -> kopf.ConnectionInfo:
    """The same access in kopf's terms."""
    scheme, _, token = (access.authorization or "").partition(" ")
    return kopf.ConnectionInfo(
        server=access.server,
        ca_path=access.ca_path,
        insecure=access.insecure,
        scheme=scheme.capitalize() or None,
        token=token or None,
        certificate_path=access.certificate_path,
        private_key_path=access.private_key_path,
        proxy_url=access.proxy_url,
        trust_env=True,
        expiration=access.expires,
    )


def configure(settings: kopf.OperatorSettings) -> None:
    """Sets kopf up as a plain informer."""
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.trust_env = True
    settings.process.ultimate_exiting_timeout = 25
    settings.queueing.exit_timeout = 1.0
    # No handler here makes kopf write to an object. Should one ever, it must not leave another project's
    # marks there.
    settings.persistence.finalizer = f"{TRUSSMODELS.group}/kopf"
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=TRUSSMODELS.group)
    settings.persistence.diffbase_storage = kopf.AnnotationsDiffBaseStorage(prefix=TRUSSMODELS.group)
    for resource in (*CHILDREN, PODS):
        selector = (resource.group, resource.version, resource.plural)
        settings.watching.label_selectors[selector] = MANAGED_BY_SELECTOR


def _handler(resource: Resource, cache: Cache, add: Callable[[Key], None]) -> Callable[..., Any]:
    async def enqueue(event: dict[str, Any], **_: Any) -> None:
        try:
            obj = {"apiVersion": resource.api_version, "kind": resource.kind, **event["object"]}
            deleted = event["type"] == "DELETED"
            owner = cache.remove(resource, obj) if deleted else cache.put(resource, obj)
        except Exception:  # one object that cannot be read must not keep the others from being seen
            log.exception("an event of %s was not understood", resource.plural)
            return
        if owner is not None:
            add(owner)

    return enqueue
