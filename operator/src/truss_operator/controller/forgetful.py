"""Has kopf keep nothing of the objects, neither in memory nor on them, and copy none.

For handlers that get a diff it copies every object several times over, at every event, and remembers each:
half of what an event costs. There are no such handlers here.
"""

from collections.abc import Iterable
from typing import Any

import kopf
from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory


class NoMemories(ResourceMemories):
    """Forgets at once. kopf takes the place of its memories as an argument, but its type is not public."""

    async def recall(self, raw_body: Any, **options: Any) -> ResourceMemory:
        """A new memory each time."""
        return await super().recall(raw_body, **{**options, "ephemeral": True})


class NoDiffBase(kopf.DiffBaseStorage):
    """Of no object anything is compared with what it was."""

    def build(self, *, body: kopf.Body, extra_fields: Iterable[Any] | None = None) -> Any:  # noqa: ARG002  # kopf's names
        """Nothing."""
        return {}

    def fetch(self, *, body: kopf.Body) -> Any:  # noqa: ARG002  # kopf's names
        """Nothing."""
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: Any) -> None:
        """Stores nothing."""


class NoProgress(kopf.ProgressStorage):
    """No handler goes on later: each has ended when it returns."""

    def fetch(self, *, key: Any, body: kopf.Body) -> Any:  # noqa: ARG002  # kopf's names
        """Nothing."""
        return None

    def store(self, *, key: Any, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Stores nothing."""

    def purge(self, *, key: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        """Nothing is stored."""

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        """Touches nothing."""

    def clear(self, *, essence: Any) -> Any:
        """The same: nothing of ours is in it."""
        return essence
