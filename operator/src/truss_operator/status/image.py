"""Images: why one cannot be pulled, in the kubelet's words; and which one exactly a pod runs."""

import re

from truss_operator.status.finding import Finding
from truss_operator.status.pods import Container, Pod
from truss_operator.status.reasons import (
    IMAGE_ARCHITECTURE_MISMATCH,
    IMAGE_NOT_FOUND,
    IMAGE_PULL_FAILED,
    IMAGE_PULL_UNAUTHORIZED,
    INVALID_IMAGE_NAME,
)

_BACK_OFF = "ImagePullBackOff"
_WAITS_FOR_IMAGE = {
    _BACK_OFF,
    "ErrImagePull",
    "ErrImageNeverPull",
    "RegistryUnavailable",
    "ImageInspectError",
    "SignatureValidationFailed",
}
"""The reasons for which a kubelet keeps a container waiting for its image (kubelet's images package)."""
_CAUSES = (
    # Some kubelets leave the verdict on the name to the container engine.
    (re.compile(r"invalid reference format|parse image reference", re.IGNORECASE), INVALID_IMAGE_NAME),
    (re.compile(r"no match for platform|does not match the specified platform"), IMAGE_ARCHITECTURE_MISMATCH),
    (
        re.compile(
            r"unauthori[sz]ed|denied|forbidden|authorization failed|authentication|\b40[13]\b", re.IGNORECASE
        ),
        IMAGE_PULL_UNAUTHORIZED,
    ),
    (
        re.compile(
            r"not ?found|manifest unknown|name unknown|does not exist|no such image|\b404\b", re.IGNORECASE
        ),
        IMAGE_NOT_FOUND,
    ),
)
"""What registries and container engines say. A refusal is looked for first: Docker Hub says both of a private
image."""
_PREFIXES = re.compile(r'^Back-off pulling image "[^"]*":?\s*(ErrImagePull:\s*)?')


def image_finding(_: Pod, container: Container) -> Finding | None:
    """Why the container waits for its image, or None when it does not."""
    reason = container.waiting_reason
    if reason == "InvalidImageName":
        return Finding(INVALID_IMAGE_NAME, container.waiting_message)
    if reason not in _WAITS_FOR_IMAGE:
        return None
    detail = _PREFIXES.sub("", container.waiting_message)
    for pattern, cause in _CAUSES:
        if pattern.search(detail):
            return Finding(cause, detail)
    return Finding(
        IMAGE_PULL_FAILED, detail or container.waiting_message, vague=reason == _BACK_OFF and not detail
    )


def with_digest(image: str, image_id: str) -> str:
    """The image as a pod runs it: with the digest that the node pulled, where it has one.

    Args:
        image: the reference in spec.
        image_id: ``imageID`` of a container status. One without a repository is that of an image loaded by
            hand, and its hash is no digest that a registry knows.
    """
    _, at, digest = image_id.rpartition("@")
    return f"{image}@{digest}" if at and digest and "@" not in image else image
