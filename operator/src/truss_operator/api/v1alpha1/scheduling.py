"""What a pod needs of a node: the parts of a pod's own API that spec takes over as they are."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.fields import Int64, ObjectName, Quantity, map_by

ClaimName = Annotated[str, Field(min_length=1, max_length=63)]


class ResourceClaim(ApiType):
    """A claim of the pod that the container uses, as in a pod."""

    name: ClaimName
    """Name of the claim in ``spec.resourceClaims``."""
    request: str | None = None
    """The request in that claim, by default all of them."""


class PodResourceClaim(ApiType):
    """A claim to devices (dynamic resource allocation), as in a pod."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "has(self.resourceClaimName) != has(self.resourceClaimTemplateName)",
            "give exactly one of resourceClaimName and resourceClaimTemplateName",
        ),
    )

    name: ClaimName
    """Name of the claim, for ``spec.resources.claims``."""
    resource_claim_name: ObjectName | None = None
    """A ResourceClaim in the same namespace, which all pods share."""
    resource_claim_template_name: ObjectName | None = None
    """A ResourceClaimTemplate in the same namespace, of which each pod gets a claim of its own."""


class ResourceRequirements(ApiType):
    """Resources of a container, as in a pod."""

    requests: Annotated[dict[str, Quantity], Field(max_length=32)] | None = None
    """What the scheduler sets aside: ``{cpu: 500m, memory: 1Gi}``."""
    limits: Annotated[dict[str, Quantity], Field(max_length=32)] | None = None
    """What the container may use at most: ``{memory: 1Gi, nvidia.com/gpu: 1}``."""
    claims: Annotated[list[ResourceClaim], Field(max_length=32), map_by("name")] | None = None
    """Claims of ``spec.resourceClaims`` that the container uses."""


class Toleration(ApiType):
    """A taint that is tolerated, as in a pod."""

    key: str | None = None
    """Key of the taint. Without one and with operator Exists, every taint."""
    operator: Literal["Exists", "Equal"] | None = None
    """How key and value compare: Exists, or Equal (the default)."""
    value: str | None = None
    """Value of the taint, for Equal."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """Effect of the taint. Without one, every effect."""
    toleration_seconds: Int64 | None = None
    """For how many seconds a NoExecute taint is tolerated. Without it, for ever."""
