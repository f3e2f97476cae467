"""A TrussModel as the API server shows it, read without trust: a field that is absent or odd reads as empty.

docs/reference/status.md says what the fields mean together.
"""

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

RESOURCE = "trussmodels.trussmodel.dev"
NAME_LABEL = "trussmodel.dev/name"
REVISION_LABEL = "trussmodel.dev/revision"
CONTAINER = "model"
"""The container of its pods that runs the model."""


def mapping(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Json]:
    """The objects of a list; none where there is no list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class TrussModel:
    """One TrussModel."""

    document: Json

    @property
    def metadata(self) -> Json:
        """Its metadata."""
        return mapping(self.document.get("metadata"))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.metadata.get("name", ""))

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return str(self.metadata.get("namespace", ""))

    @property
    def generation(self) -> int:
        """The generation of what spec asks for."""
        return int(self.metadata.get("generation", 0))

    @property
    def spec(self) -> Json:
        """What is asked for."""
        return mapping(self.document.get("spec"))

    @property
    def status(self) -> Json:
        """What is so."""
        return mapping(self.document.get("status"))

    @property
    def seen(self) -> bool:
        """Whether the operator has looked at what spec asks for now."""
        return bool(self.status.get("observedGeneration") == self.generation)

    def condition(self, kind: str) -> Json:
        """The condition of that type, or an empty one."""
        found = (each for each in items(self.status.get("conditions")) if each.get("type") == kind)
        return next(found, {})

    def holds(self, kind: str) -> bool:
        """Whether the condition of that type is True."""
        return self.condition(kind).get("status") == "True"

    @property
    def serves(self) -> bool:
        """Whether what spec asks for is what answers requests, with all its replicas."""
        return self.seen and self.holds("Ready") and self.holds("Available")

    @property
    def routes(self) -> list[Json]:
        """The routes of the revision that serves."""
        return items(self.status.get("routes"))

    @property
    def kinds(self) -> list[str]:
        """The kinds of those routes."""
        return [str(route.get("kind", "")) for route in self.routes]

    @property
    def history(self) -> list[Json]:
        """What became of its revisions, the one that spec asks for first."""
        return items(self.status.get("history"))

    @property
    def wanted(self) -> str:
        """The revision that spec asked for when the operator looked last."""
        return str(self.history[0].get("revision", "")) if self.history else ""

    @property
    def active(self) -> str:
        """The revision that serves, or nothing."""
        return str(self.status.get("activeRevision") or "")

    @property
    def key_secret(self) -> str:
        """Name of the Secret that holds its API keys, or nothing."""
        return str(mapping(self.spec.get("auth")).get("secretName") or "")

    def reason(self) -> str:
        """Ready's reason and message in one sentence."""
        ready = self.condition("Ready")
        if not ready:
            return "The operator has not looked at it yet."
        return f"{ready.get('reason', 'Unknown')}: {ready.get('message', '')}"
