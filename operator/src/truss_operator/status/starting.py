"""Rules for a container that cannot be started: what it needs is missing, or the image does not allow it."""

import re
from dataclasses import replace

from truss_operator.status.finding import Finding
from truss_operator.status.pods import Container, Pod
from truss_operator.status.reasons import (
    CONFIG_MISSING,
    IMAGE_ARCHITECTURE_MISMATCH,
    IMAGE_RUNS_AS_ROOT,
    START_FAILED,
)

PULL_SECRET_MISSING = "FailedToRetrieveImagePullSecret"  # noqa: S105  # an Event's reason
"""The kubelet's Event of it."""
_WAITS_TO_START = {"RunContainerError", "CreateContainerError", "CreateContainerConfigError"}
_NEVER_RAN = {"ContainerCannotRun", "StartError"}
_WAITS_FOR_VOLUMES = {"ContainerCreating", "PodInitializing"}
_MISSING = re.compile(
    r"(secret|configmap|persistentvolumeclaim|serviceaccount) \S+ not found"
    r"|couldn't find key \S+ in \S+ \S+|references non-existent \S+ key(?:: \S+)?",
    re.IGNORECASE,
)
"""How kubelet, scheduler and admission name what a pod refers to and is not there."""
_NOT_LOOKED_YET = re.compile(r"failed to sync (?:secret|configmap) cache|object \S+ not registered")
"""What the kubelet says of a volume before it knows what there is, on a busy node also where all is: it tries
again within a second, and names then what is missing. Source: kubelet, util/manager."""
_ROOT = re.compile(r"runAsNonRoot|non-root")
_FORMAT = re.compile(r"exec format error")


def missing_reference(words: str) -> str | None:
    """What is missing, if that is what the words are about."""
    found = _MISSING.search(words)
    return found.group() if found is not None else None


def pull_secret_missing(pod: Pod, container: Container) -> Finding | None:
    """The image is not pulled, and a pull secret that should have helped is not there."""
    if container.waiting_reason not in {"ImagePullBackOff", "ErrImagePull"}:
        return None
    for event in pod.signs.events:
        if event.reason == PULL_SECRET_MISSING:
            return Finding(CONFIG_MISSING, event.note)
    return None


def volume_missing(pod: Pod, container: Container) -> Finding | None:
    """The pod is not set up: a volume that cannot be mounted shows in its Events alone."""
    if container.waiting_reason not in _WAITS_FOR_VOLUMES:
        return None
    for event in pod.signs.events:
        if event.reason in {"FailedMount", "FailedAttachVolume"} and not _NOT_LOOKED_YET.search(event.note):
            return Finding(CONFIG_MISSING, _cause(event.note))
        if event.reason == "FailedCreatePodSandBox":
            return Finding(START_FAILED, event.note)
    return None


def start_failed(_: Pod, container: Container) -> Finding | None:
    """The kubelet or the engine cannot start it."""
    if container.waiting_reason in _WAITS_TO_START:
        return _refused(container.waiting_message)
    end = container.termination
    if end is not None and (end.reason in _NEVER_RAN or _FORMAT.search(end.message[-512:])):
        finding = _refused(end.message)
        return replace(finding, exit_code=end.exit_code, time=end.finished_at or None)
    return None


def _refused(words: str) -> Finding:
    if missing_reference(words):
        return Finding(CONFIG_MISSING, words)
    if _ROOT.search(words):
        return Finding(IMAGE_RUNS_AS_ROOT, words)
    if _FORMAT.search(words):
        return Finding(IMAGE_ARCHITECTURE_MISMATCH, words.strip().rpartition("\n")[2])
    return Finding(START_FAILED, words)


def _cause(note: str) -> str:
    """An Event's note without what differs from volume to volume and try to try, where the cause is named."""
    return missing_reference(note) or note
