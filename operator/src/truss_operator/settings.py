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
    namespaces: tuple[str, ...] = ()
    """Namespaces that are followed; empty for all."""
    selector: str = ""
    """Label selector of the TrussModels that are followed; empty for all."""
    metrics_models: int = 1000
    """For at most so many TrussModels there are metrics of each."""
    leader_elect: bool = False
    """Whether to work only while holding a Lease, so that several operators may run."""
    lease_namespace: str | None = None
    """Where the Lease is; None: in the namespace of the operator's pod."""
    lease_name: str = "trussmodel-operator"
    """Name of the Lease; operators of different shards have different ones."""
    lease_seconds: int = 10
    """How long the Lease is good without a sign of life: at most so long nobody works when a leader dies."""
    probe_through: Literal["pod", "apiserver"] = "pod"
    """How a pod's routes are read: at its IP, or through the API server, for an operator run from a desk."""
    probe_seconds: float = 3.0
    """How long reading a pod's routes may take."""
    docs_url: str = "https://trussmodel.dev"
    """Where the documentation is: messages about failures lead to their page there. Empty: they do not."""
    host: str = "0.0.0.0"  # noqa: S104  # probes and scrapes come from outside the pod
    """Address of the operator's own port."""
    port: int = 8080
    """The operator's own port: /healthz, /readyz, /metrics. 0: any free one, which the log names."""
    log_format: Literal["auto", "json", "console"] = "auto"
    """One JSON object a line, or lines to read; auto is the latter on a terminal."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Of the operator's own lines."""
