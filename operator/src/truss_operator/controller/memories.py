"""Has kopf remember nothing of the objects: it keeps kilobytes of each, for features that are not used."""

from typing import Any

from kopf._core.reactor.inventory import ResourceMemories, ResourceMemory


class NoMemories(ResourceMemories):
    """Forgets at once. kopf takes the place of its memories as an argument, but its type is not public."""

    async def recall(self, raw_body: Any, **options: Any) -> ResourceMemory:
        """A new memory each time."""
        return await super().recall(raw_body, **{**options, "ephemeral": True})
