"""What is compared: a controller that turns a resource into a Deployment and a Service, and tells of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.perf.at_scale.process import Operator
from tests.perf.at_scale.server import Json

from controlplane import ControlPlane

from .certificate import Certificate

IMAGE = "registry.example.com/echo:1"
"""What each object of each contender runs."""


def environment(number: int) -> list[Json]:
    """The variables of that object's container."""
    return [{"name": "MODE", "value": "fast"}, {"name": "NUMBER", "value": str(number)}]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contender runs."""

    folder: Path
    plane: ControlPlane
    kubeconfig: Path
    """Through the relay, as a user who has only the rights that the contender asks for."""
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Contender:
    """One of them."""

    name: str
    api: str
    """The group and version of its resource, as in ``trussmodel.dev/v1alpha1``."""
    kind: str
    plural: str
    selector: str
    """Of its Deployments."""
    object: Callable[[int], Json]
    """Annotations under ``annotations``, and the spec."""
    prepare: Callable[[Place], None]
    """Installs it: definitions, rights, settings."""
    run: Callable[[Place], AbstractContextManager[Operator]]
    """Runs it, ready, pinned to one core."""

    @property
    def path(self) -> str:
        """Where its resource is on the API server."""
        return f"/apis/{self.api}"


def ready(status: Json) -> bool:
    """Whether a status says so, in the way that both have: a condition."""
    return any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions", []))
