"""The vocabulary: each reason that a status may give, what it means, and what to do about it.

One entry a reason; docs/reference/status.md is generated from here, and what classifies failures refers to
it.
"""

from dataclasses import dataclass
from enum import Enum


class Stall(Enum):
    """When a failure is one that waiting cannot mend: ``Stalled`` turns True, a pipeline fails fast."""

    AT_ONCE = "at once"
    UNLESS_SERVED = "at once, unless the revision has served before"
    AT_DEADLINE = "at the progress deadline"
    NEVER = "no: it is tried again"


@dataclass(frozen=True, slots=True)
class Reason:
    """One word of the vocabulary."""

    name: str
    meaning: str
    """What is so: the first sentence of the message, without its full stop."""


@dataclass(frozen=True, slots=True)
class FailureReason(Reason):
    """One word for a failure."""

    phase: str
    """How far the revision came: ``status.lastFailure.phase``."""
    stall: Stall
    next_step: str
    """What someone is to do: the last sentence of the message."""


SERVING = Reason("Serving", "What spec asks for is what serves")
SCALED_TO_ZERO = Reason("ScaledToZero", "No replicas are asked for and none is left")
PROGRESSING = Reason("Progressing", "The wanted revision is being rolled out")
SCALING = Reason("Scaling", "The wanted revision serves, with another number of replicas than asked for")
ROUTES_READ = Reason("RoutesRead", "status.routes is what the runtime of the revision that serves has told")

STATES = (SERVING, SCALED_TO_ZERO, PROGRESSING, SCALING, ROUTES_READ)
"""The reasons that are no failures."""

_NEW_IMAGE = "Build an image with the mended model and set spec.image to it."

INVALID_IMAGE_NAME = FailureReason(
    "InvalidImageName",
    "spec.image is not an image reference",
    "image",
    Stall.AT_ONCE,
    "Correct spec.image.",
)
IMAGE_NOT_FOUND = FailureReason(
    "ImageNotFound",
    "The registry has no such image",
    "image",
    Stall.AT_DEADLINE,
    "Push the image, or correct spec.image.",
)
IMAGE_PULL_UNAUTHORIZED = FailureReason(
    "ImagePullUnauthorized",
    "The registry refuses to hand out the image",
    "image",
    Stall.AT_DEADLINE,
    "Name a Secret that may pull it in spec.imagePullSecrets, or correct spec.image: many registries say"
    " this of an image that does not exist.",
)
IMAGE_PULL_FAILED = FailureReason(
    "ImagePullFailed",
    "The image cannot be pulled",
    "image",
    Stall.AT_DEADLINE,
    "See whether the node reaches the registry; the pull is tried again.",
)
START_FAILED = FailureReason(
    "StartFailed",
    "The container cannot be started",
    "image",
    Stall.AT_DEADLINE,
    "Mend what the message names, in the image or in spec.",
)
NAME_CONFLICT = FailureReason(
    "NameConflict",
    "An object of a name that is needed belongs to someone else",
    "config",
    Stall.AT_ONCE,
    "Remove or rename that object, or name the TrussModel otherwise.",
)
INVALID_SPEC = FailureReason(
    "InvalidSpec",
    "The API server refuses what spec asks for",
    "config",
    Stall.AT_ONCE,
    "Correct the field of spec that the message names.",
)
MODEL_NOT_FOUND = FailureReason(
    "ModelNotFound",
    "The image holds no model where the runtime looks for it",
    "import",
    Stall.AT_ONCE,
    _NEW_IMAGE,
)
SYNTAX_ERROR = FailureReason(
    "SyntaxError",
    "The model's code is not valid Python",
    "import",
    Stall.AT_ONCE,
    _NEW_IMAGE,
)
IMPORT_ERROR = FailureReason(
    "ImportError",
    "The model's module cannot be imported",
    "import",
    Stall.AT_ONCE,
    _NEW_IMAGE,
)
INVALID_MODEL = FailureReason(
    "InvalidModel",
    "The Model class cannot be served as it is",
    "import",
    Stall.AT_ONCE,
    _NEW_IMAGE,
)
INIT_FAILED = FailureReason(
    "InitFailed",
    "Model(...) raised an exception",
    "init",
    Stall.AT_ONCE,
    _NEW_IMAGE,
)
LOAD_FAILED = FailureReason(
    "LoadFailed",
    "load() raised an exception",
    "load",
    Stall.AT_ONCE,
    "Mend what it loads from, or the model in a new image; it is tried again with growing pauses.",
)
ROUTES_UNREADABLE = FailureReason(
    "RoutesUnreadable",
    "A pod is ready, but its runtime does not tell its routes",
    "routes",
    Stall.NEVER,
    "See whether the operator reaches the pods' port 8081 (a NetworkPolicy?); it is asked again.",
)
OUT_OF_MEMORY = FailureReason(
    "OutOfMemory",
    "The container took more memory than it may have and was killed",
    "run",
    Stall.UNLESS_SERVED,
    "Raise spec.resources.limits.memory, or let the model take less.",
)
CRASHED = FailureReason(
    "Crashed",
    "The container ended without a report",
    "run",
    Stall.AT_DEADLINE,
    "Read its last words with kubectl logs --previous, and mend the model or the image.",
)
PROGRESS_DEADLINE_EXCEEDED = FailureReason(
    "ProgressDeadlineExceeded",
    "The rollout came no further until its deadline",
    "rollout",
    Stall.AT_ONCE,
    "See what its pods wait for with kubectl describe pods.",
)

FAILURES = {
    reason.name: reason
    for reason in (
        INVALID_IMAGE_NAME,
        IMAGE_NOT_FOUND,
        IMAGE_PULL_UNAUTHORIZED,
        IMAGE_PULL_FAILED,
        START_FAILED,
        NAME_CONFLICT,
        INVALID_SPEC,
        MODEL_NOT_FOUND,
        SYNTAX_ERROR,
        IMPORT_ERROR,
        INVALID_MODEL,
        INIT_FAILED,
        LOAD_FAILED,
        ROUTES_UNREADABLE,
        OUT_OF_MEMORY,
        CRASHED,
        PROGRESS_DEADLINE_EXCEEDED,
    )
}
"""The failures by name, in the order in which one is chosen when several pods fail in different ways."""
