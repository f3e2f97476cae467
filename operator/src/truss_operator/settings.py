"""The operator's settings, one frozen object, read from flags and environment by `main`."""

from dataclasses import dataclass
from typing import Literal

LOG_FORMATS = ("auto", "json", "console")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
PROBE_WAYS = ("pod", "apiserver")


@dataclass(frozen=True, slots=True)
class Settings:
    """How one operator process runs (docs/reference/operator.md). Each field is a flag and a variable."""

    kubeconfig: str | None = None
    """Kubeconfig file(s), also from KUBECONFIG. None: the pod's service account, or ``~/.kube/config``."""
    workers: int = 16
    """How many TrussModels are reconciled at once."""
    resync_seconds: float = 600.0
    """How often everything is listed afresh and looked at again."""
    probe_through: Literal["pod", "apiserver"] = "pod"
    """How a pod's routes are read: at its IP, or through the API server, for an operator run from a desk."""
    probe_seconds: float = 3.0
    """How long reading a pod's routes may take."""
    host: str = "0.0.0.0"  # noqa: S104  # probes and scrapes come from outside the pod
    """Address of the operator's own port."""
    port: int = 8080
    """The operator's own port: /healthz, /readyz, /metrics. 0: any free one, which the log names."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """One JSON object a line, or lines to read; auto is the latter on a terminal."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Of the operator's own lines."""
