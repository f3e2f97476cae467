"""What an operator follows of a cluster: all of it, some namespaces, or what a selector picks."""

from dataclasses import dataclass

from truss_operator.builders.labels import MANAGED_BY_SELECTOR
from truss_operator.kube.resource import TRUSSMODELS, Resource


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

    def places(self) -> tuple[str, ...]:
        """The namespaces to list, one by one; an empty one stands for all at once."""
        return self.namespaces or ("",)
