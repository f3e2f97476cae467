"""A port of this machine that leads to a model, while the context lasts: kubectl's port-forward."""

import contextlib
import re
import tempfile
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import refusal

if TYPE_CHECKING:
    import subprocess

_SERVICE_PORT = 80


@contextlib.contextmanager
def forwarded(kubectl: Kubectl, name: str, port: int = 0) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Leads to a pod behind the model's Service.

    Args:
        kubectl: the cluster.
        name: of the TrussModel; its Service has the same.
        port: on loopback; 0 takes a free one.

    Yields:
        The base URL, and the process that ends when the pod does.

    Raises:
        Problem: kubectl fails: no ready pod, no permission, the port is taken.
    """
    with tempfile.TemporaryFile() as errors:
        process = kubectl.start(
            "port-forward",
            f"service/{name}",
            f"{port or ''}:{_SERVICE_PORT}",
            "--address=127.0.0.1",
            stderr=errors,
        )
        try:
            assert process.stdout is not None
            found = re.search(rb"127\.0\.0\.1:\d+", process.stdout.readline())
            if found is None:
                process.wait()
                errors.seek(0)
                raise refusal(errors.read().decode(errors="replace"))
            # It writes a line for each connection, and would wait for a reader in the end.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield f"http://{found[0].decode()}", process
        finally:
            process.terminate()
            process.wait()
