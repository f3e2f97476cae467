"""What the operator was not allowed to do: told once in the log, and not again for each object concerned.

A permission that is taken away while the operator runs is no reason to end: what it still may do it does, and
goes on with the rest as soon as it may. So someone has to be told. Source of the wording: Kubernetes,
``apiserver/pkg/endpoints/handlers/responsewriters``, ``forbiddenMessage``.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from yarl import URL

log = logging.getLogger(__name__)

REPEAT_SECONDS = 60.0
"""After which the same is told again."""

_PATH = re.compile(r"/(?:api|apis/(?P<group>[^/]+))/[^/]+/(?:namespaces/[^/]+/)?(?P<resource>[^/]+)")
_SAID = re.compile(r'cannot (?P<verb>\w+) resource "(?P<resource>[^"]+)" in API group "(?P<group>[^"]*)"')


@dataclass(frozen=True, slots=True)
class Permission:
    """One that a role grants."""

    verb: str
    group: str
    """Empty for the core group."""
    resource: str
    """With its subresource: ``trussmodels/status``."""

    def __str__(self) -> str:
        return f'verb "{self.verb}" on resource "{self.resource}" of API group "{self.group}"'


def permission_in(message: str) -> Permission | None:
    """The permission that a refusal names; None when it is about something else, such as a quota."""
    found = _SAID.search(message)
    return Permission(found["verb"], found["group"], found["resource"]) if found is not None else None


def permission_for(url: URL) -> Permission | None:
    """The permission that a list or a watch needs; None for a path that is no resource's."""
    found = _PATH.fullmatch(url.path)
    if found is None:
        return None
    verb = "watch" if "watch" in url.query else "list"
    return Permission(verb, found["group"] or "", found["resource"])


class Permissions:
    """Account of the refusals.

    Args:
        now: Monotonic seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: dict[Permission, float] = {}
        self.refusals: Counter[Permission] = Counter()
        """How often each was missing."""

    def refused(self, message: str) -> None:
        """Takes note of what the API server said with a 403."""
        self._note(permission_in(message))

    def refused_watch(self, url: URL) -> None:
        """Takes note of a 403 to a list or a watch, of which nothing more is known."""
        self._note(permission_for(url))

    def _note(self, permission: Permission | None) -> None:
        if permission is None:
            return
        self.refusals[permission] += 1
        now = self._now()
        if now - self._told.get(permission, -REPEAT_SECONDS) >= REPEAT_SECONDS:
            self._told[permission] = now
            log.warning("missing permission: %s; docs/reference/operator.md lists all", permission)
