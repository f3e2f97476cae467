"""The kinds that the operator reads and writes, and where the API server serves them.

Written down instead of discovered: discovery costs a request per group at start and a cache file, and tells
nothing that an operator of a few kinds does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from truss_operator.api.v1alpha1 import GROUP, KIND, PLURAL, VERSION


@dataclass(frozen=True, slots=True)
class Resource:
    """One namespaced resource type of the API."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """``group/version``, or ``v1`` in the core group, as manifests say it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(
        self, namespace: str | None = None, name: str | None = None, subresource: str | None = None
    ) -> str:
        """The path of the collection, of one object, or of a subresource of it.

        Args:
            namespace: None for all namespaces.
            name: None for the collection.
            subresource: Such as ``status``.
        """
        parts = [f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"]
        if namespace is not None:
            parts.append(f"namespaces/{quote(namespace, safe='')}")
        parts.append(self.plural)
        if name is not None:
            parts.append(quote(name, safe=""))
        if subresource is not None:
            parts.append(subresource)
        return "/".join(parts)


TRUSSMODELS = Resource(GROUP, VERSION, PLURAL, KIND)
DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")
SERVICES = Resource("", "v1", "services", "Service")
CONFIGMAPS = Resource("", "v1", "configmaps", "ConfigMap")
CONTROLLERREVISIONS = Resource("apps", "v1", "controllerrevisions", "ControllerRevision")
BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
PODS = Resource("", "v1", "pods", "Pod")
EVENTS = Resource("events.k8s.io", "v1", "events", "Event")
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")

CHILDREN = (DEPLOYMENTS, SERVICES, CONFIGMAPS, CONTROLLERREVISIONS, BUDGETS)
"""What the operator applies."""
WATCHED = (TRUSSMODELS, *CHILDREN, PODS)
"""What it follows; all but TrussModels by label."""

_BY_KIND = {(resource.api_version, resource.kind): resource for resource in (*WATCHED, EVENTS)}


def resource_of(manifest: Mapping[str, Any]) -> Resource:
    """The resource type of a manifest.

    Raises:
        LookupError: A kind that the operator does not handle.
    """
    kind = (manifest.get("apiVersion"), manifest.get("kind"))
    try:
        return _BY_KIND[kind]  # type: ignore[index]  # None is not found either
    except KeyError:
        raise LookupError(f"no resource for {kind[1]} of {kind[0]}: add it to kube/resource.py") from None
