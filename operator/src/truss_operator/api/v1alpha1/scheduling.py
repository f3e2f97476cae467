"""What a pod needs of a node: the parts of a pod's own API that spec takes over as they are."""

from typing import Annotated, Literal

from pydantic import Field

from truss_operator.api.apitype import ApiType
from truss_operator.api.fields import Int64, Quantity


class ResourceRequirements(ApiType):
    """Resources of a container, as in a pod."""

    requests: Annotated[dict[str, Quantity], Field(max_length=32)] | None = None
    """What the scheduler sets aside: ``{cpu: 500m, memory: 1Gi}``."""
    limits: Annotated[dict[str, Quantity], Field(max_length=32)] | None = None
    """What the container may use at most: ``{memory: 1Gi, nvidia.com/gpu: 1}``."""


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
