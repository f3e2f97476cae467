"""What an operator follows of a cluster: all of it, some namespaces, or what a selector picks."""

from dataclasses import dataclass
from typing import NamedTuple

from truss_operator.builders.labels import MANAGED_BY_SELECTOR
from truss_operator.kube.resource import TRUSSMODELS, WATCHED, Resource


class Place(NamedTuple):
    """What is listed and watched by itself: the objects of one type, in one namespace or in all."""

    resource: Resource
    namespace: str
    """Empty for all."""

    def __str__(self) -> str:
        return f"{self.resource.plural} in {self.namespace}" if self.namespace else self.resource.plural


@dataclass(frozen=True, slots=True)
class Scope:
    """Where, and which."""

    namespaces: tuple[str, ...] = ()
    """Empty for all."""
    selector: str = ""
    """Label selector of TrussModels; empty for all. Their children are told by whose they are."""

    def selector_of(self, resource: Resource) -> str:
        """The label selector for objects of that type."""
        return self.selector if resource is TRUSSMODELS else MANAGED_BY_SELECTOR

    def places(self) -> tuple[Place, ...]:
        """All that is followed, one namespace after the other."""
        realms = dict.fromkeys(self.namespaces or ("",))
        return tuple(Place(resource, namespace) for namespace in realms for resource in WATCHED)

    def realm_of(self, namespace: str) -> str:
        """As what a namespace is listed and watched: as itself, or with all others, which is empty."""
        return namespace if self.namespaces else ""
