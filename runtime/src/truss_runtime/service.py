"""The one model of this process, as both ports see it: its name, where it stands, and the methods it serves.

Filled step by step by ``serve``; endpoints and probes read it.
"""

from typing import TYPE_CHECKING, Any

from truss_runtime import __version__
from truss_runtime.lifecycle import Lifecycle
from truss_runtime.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from truss_runtime.model.methods import Method

    Gauge = tuple[str, str, Callable[[], Mapping[str, float]]]


class Service:
    """What is known of the model so far.

    Args:
        model: the name that clients see.
        environment: the environment that its URLs name.
    """

    def __init__(self, model: str, environment: str) -> None:
        self.model = model
        self.environment = environment
        self.keyed = False
        """Whether requests need an API key."""
        self.lifecycle = Lifecycle()
        self.methods: Mapping[str, Method] = {}
        self.metrics = Metrics()
        self.gauges: list[Gauge] = []
        """What GET /metrics reads at the time."""
        self.fatal: list[Callable[[], str | None]] = []
        """Each says what is wrong where only a restart helps, or nothing: what makes /livez fail."""
        self.unready: list[Callable[[], str | None]] = []
        """Each says why no requests should be sent here now, or nothing: what makes /readyz fail."""

    def fatal_problem(self) -> str | None:
        """Returns why only a restart helps, or None."""
        return next(filter(None, (check() for check in self.fatal)), None)

    def unready_problem(self) -> str | None:
        """Returns why no requests should be sent here now, or None."""
        return next(filter(None, (check() for check in self.unready)), None)

    def account(self) -> dict[str, Any]:
        """Returns what GET /routes answers: docs/reference/http-surface.md describes each key."""
        failure, problem = self.lifecycle.failure, self.unready_problem()
        return {
            "model": self.model,
            "environment": self.environment,
            "runtimeVersion": __version__,
            "state": self.lifecycle.state,
            "routes": [
                {
                    "kind": method.kind.name,
                    "method": method.kind.method,
                    "path": method.kind.path,
                    "streaming": method.streaming,
                }
                for method in self.methods.values()
            ],
            "failure": failure.to_json() if failure is not None else None,
            **({} if problem is None else {"problem": problem}),
        }
