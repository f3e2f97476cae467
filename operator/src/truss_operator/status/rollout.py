"""What the Deployment says of the rollout of the wanted revision."""

from dataclasses import dataclass

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.observation import Json
from truss_operator.status.lenient import count, objects, text


@dataclass(frozen=True, slots=True)
class Rollout:
    """The Deployment's own account. Counts are of pods of any revision, but for ``updated``."""

    current: bool
    """Whether it speaks of the wanted revision and of the wanted number of replicas."""
    wanted: int
    replicas: int
    updated: int
    ready: int
    available: int
    finished_before: bool
    """Whether this revision was once rolled out in full, so that what is missing now is a matter of
    replicas."""
    deadline_passed: bool

    @property
    def complete(self) -> bool:
        """Whether the wanted revision alone serves, with all its replicas."""
        return self.current and self.updated == self.replicas == self.wanted and self.available >= self.wanted

    @property
    def good(self) -> bool:
        """Whether that is so and there are any: it has proved itself."""
        return self.complete and self.wanted > 0


def rollout_of(deployment: Json | None, revision: str, replicas: int) -> Rollout:
    """Reads the Deployment.

    Args:
        deployment: as observed; None before there is one.
        revision: the wanted revision.
        replicas: the wanted number of pods.
    """
    template = text(deployment, "spec", "template", "metadata", "labels", REVISION_LABEL)
    caught_up = count(deployment, "status", "observedGeneration") >= count(
        deployment, "metadata", "generation"
    )
    progressing = next(
        (c for c in objects(deployment, "status", "conditions") if text(c, "type") == "Progressing"), {}
    )
    current = (
        deployment is not None
        and caught_up
        and template == revision
        and count(deployment, "spec", "replicas") == replicas
    )
    return Rollout(
        current=current,
        wanted=replicas,
        replicas=count(deployment, "status", "replicas"),
        updated=count(deployment, "status", "updatedReplicas"),
        ready=count(deployment, "status", "readyReplicas"),
        available=count(deployment, "status", "availableReplicas"),
        finished_before=current and text(progressing, "reason") == "NewReplicaSetAvailable",
        deadline_passed=current and text(progressing, "reason") == "ProgressDeadlineExceeded",
    )
