"""Who this process is among others: the name of its pod, and the namespace that it runs in."""

import os
import secrets
import socket
from functools import cache
from pathlib import Path

_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@cache
def identity() -> str:
    """A name that no other process has while this one lives.

    In a pod it is the pod's (POD_NAME): a container that is started again there is the same one, for the one
    before it is dead. Elsewhere the host's, with something random.
    """
    return os.environ.get("POD_NAME") or f"{socket.gethostname()}_{secrets.token_hex(4)}"


def own_namespace() -> str | None:
    """The namespace of the pod that this process runs in: POD_NAMESPACE, or what the kubelet mounted."""
    if namespace := os.environ.get("POD_NAMESPACE"):
        return namespace
    try:
        return _NAMESPACE.read_text().strip() or None
    except OSError:
        return None
