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
PAUSED = Reason("Paused", "Rollouts are paused; Ready is True when none is pending")
ROUTES_READ = Reason("RoutesRead", "status.routes is what the runtime of the revision that serves has told")

STATES = (SERVING, SCALED_TO_ZERO, PROGRESSING, SCALING, PAUSED, ROUTES_READ)
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
IMAGE_ARCHITECTURE_MISMATCH = FailureReason(
    "ImageArchitectureMismatch",
    "The image is not built for the node's processor",
    "image",
    Stall.AT_ONCE,
    "Build the image for that architecture too, or choose other nodes with spec.nodeSelector.",
)
IMAGE_RUNS_AS_ROOT = FailureReason(
    "ImageRunsAsRoot",
    "The image runs as root, which is not allowed",
    "image",
    Stall.AT_ONCE,
    "Take runAsUser out of spec.podTemplate, or build an image with USER 60000.",
)
START_FAILED = FailureReason(
    "StartFailed",
    "The container cannot be started",
    "image",
    Stall.AT_DEADLINE,
    "Mend what the message names, in the image or in spec.",
)
RUNTIME_MISSING = FailureReason(
    "RuntimeMissing",
    "The container does not behave as the project's runtime does: it ended without a report, or nothing"
    " answers on its port 8081",
    "image",
    Stall.UNLESS_SERVED,
    "Build the image from trussmodel/runtime, with the ENTRYPOINT left as it is there; read its output"
    " with kubectl logs, and --previous if it has ended.",
)
POD_REFUSED = FailureReason(
    "PodRefused",
    "The API server refuses to create the pods",
    "schedule",
    Stall.AT_DEADLINE,
    "Ask in spec (resources, podTemplate) for what the namespace allows, or have its quota, limits or Pod"
    " Security changed; it is tried again.",
)
UNSCHEDULABLE = FailureReason(
    "Unschedulable",
    "No node can take the pod",
    "schedule",
    Stall.AT_DEADLINE,
    "Ask for less in spec.resources, change nodeSelector or tolerations, or add a node that fits.",
)
NODE_LOST = FailureReason(
    "NodeLost",
    "The node of the pod no longer reports",
    "schedule",
    Stall.AT_DEADLINE,
    "See it with kubectl get nodes; the pod is replaced when the cluster gives it up, after five"
    " minutes by default.",
)
EVICTED = FailureReason(
    "Evicted",
    "The pod was sent away from its node",
    "schedule",
    Stall.AT_DEADLINE,
    "Raise the requests or limits of what the message names (memory, ephemeral-storage), or let the"
    " model take less; a new pod is tried.",
)
CONFIG_MISSING = FailureReason(
    "ConfigMissing",
    "Something that spec refers to is not there",
    "config",
    Stall.AT_DEADLINE,
    "Create what the message names, or correct the reference in spec; it is looked for again.",
)
NAME_CONFLICT = FailureReason(
    "NameConflict",
    "An object of a name that is needed belongs to someone else",
    "config",
    Stall.AT_ONCE,
    "Delete that object, or give the TrussModel another name; it is looked at again.",
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
LOAD_TIMEOUT = FailureReason(
    "LoadTimeout",
    "load() did not end within its time",
    "load",
    Stall.AT_ONCE,
    "Let it load less or faster, or give it more time in spec.timeouts.loadSeconds.",
)
REQUIRED_ROUTE_MISSING = FailureReason(
    "RequiredRouteMissing",
    "The Model lacks a method that a required route needs",
    "routes",
    Stall.AT_ONCE,
    "Define the method in a new image, or take the route out of spec.requiredRoutes.",
)
SMOKE_FAILED = FailureReason(
    "SmokeFailed",
    "The smoke request was not answered as it must be",
    "routes",
    Stall.AT_ONCE,
    "Mend the model in a new image, or correct spec.rollout.smoke.",
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
CRASH_LOOP = FailureReason(
    "CrashLoop",
    "The container ends again and again, after it had served",
    "run",
    Stall.AT_ONCE,
    "Read its last words with kubectl logs --previous, and mend the model in a new image; it is started"
    " again with growing pauses.",
)
EXITED_EARLY = FailureReason(
    "ExitedEarly",
    "The container ended of its own accord, with exit code 0",
    "run",
    Stall.UNLESS_SERVED,
    "Keep it running: leave the image's ENTRYPOINT as it is in trussmodel/runtime, and end no process"
    " in the model.",
)
UNHEALTHY = FailureReason(
    "Unhealthy",
    "The model says that it is not healthy",
    "run",
    Stall.AT_DEADLINE,
    "See what is_healthy of the Model finds, with kubectl logs; it is asked again, and restarted if it"
    " stays so.",
)
UNRESPONSIVE = FailureReason(
    "Unresponsive",
    "The container runs and does not answer",
    "run",
    Stall.AT_DEADLINE,
    "See what blocks it with kubectl logs: plain methods run in threads, async ones must not block; it"
    " is restarted if it stays so.",
)
READINESS_TIMEOUT = FailureReason(
    "ReadinessTimeout",
    "The pods run, and were not ready by the deadline",
    "run",
    Stall.AT_ONCE,
    "See what they wait for with kubectl describe pods (a readiness gate, a sidecar?) and kubectl logs, or"
    " give them more time in spec.rollout.progressDeadlineSeconds.",
)
PROGRESS_DEADLINE_EXCEEDED = FailureReason(
    "ProgressDeadlineExceeded",
    "The rollout came no further until its deadline",
    "rollout",
    Stall.AT_ONCE,
    "See what its pods wait for with kubectl describe pods; a change of spec starts a new rollout.",
)
ROLLED_BACK = FailureReason(
    "RolledBack",
    "The revision that spec asks for failed, and the last good one was restored",
    "rollout",
    Stall.AT_ONCE,
    "Mend what the message and status.lastFailure name; the same revision is not tried again.",
)

FAILURES = {
    reason.name: reason
    for reason in (
        INVALID_IMAGE_NAME,
        IMAGE_ARCHITECTURE_MISMATCH,
        IMAGE_NOT_FOUND,
        IMAGE_PULL_UNAUTHORIZED,
        IMAGE_PULL_FAILED,
        IMAGE_RUNS_AS_ROOT,
        START_FAILED,
        NAME_CONFLICT,
        INVALID_SPEC,
        CONFIG_MISSING,
        POD_REFUSED,
        UNSCHEDULABLE,
        MODEL_NOT_FOUND,
        SYNTAX_ERROR,
        IMPORT_ERROR,
        INVALID_MODEL,
        INIT_FAILED,
        LOAD_FAILED,
        LOAD_TIMEOUT,
        REQUIRED_ROUTE_MISSING,
        SMOKE_FAILED,
        ROUTES_UNREADABLE,
        OUT_OF_MEMORY,
        RUNTIME_MISSING,
        EXITED_EARLY,
        CRASH_LOOP,
        CRASHED,
        UNRESPONSIVE,
        UNHEALTHY,
        NODE_LOST,
        EVICTED,
        READINESS_TIMEOUT,
        PROGRESS_DEADLINE_EXCEEDED,
        ROLLED_BACK,
    )
}
"""The failures by name, in the order in which one is chosen when several pods fail in different ways."""
