"""Probes of the model's container, all on the admin port: it answers while the model loads or blocks."""

from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.probes import Probe, Probes
from truss_operator.builders.ending import brief_end_seconds
from truss_operator.builders.ports import ADMIN

_STARTUP_SECONDS = 300


def build_probes(model: TrussModel) -> dict[str, Any]:
    """The three probes, at the pace that spec asks for.

    The runtime opens the admin port before it imports the model, so the startup probe waits for the
    interpreter alone, and a load may take as long as it likes: only readiness waits for that. Readiness is
    asked every second, because it is what a rollout waits for. A container that is not alive is ended sooner
    than one that leaves in peace: it hangs, and the next one is waited for.
    """
    pace, brief = model.spec.probes or Probes(), {"terminationGracePeriodSeconds": brief_end_seconds(model)}
    return {
        "startupProbe": {**_probe("/livez", 1, _STARTUP_SECONDS, pace.startup), **brief},
        "readinessProbe": _probe("/readyz", 1, 3, pace.readiness),
        "livenessProbe": {**_probe("/livez", 10, 3, pace.liveness), **brief},
    }


def _probe(path: str, period: int, failures: int, pace: Probe | None) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": ADMIN},
        "timeoutSeconds": 5,
        "periodSeconds": period,
        "failureThreshold": failures,
        **(pace.as_json() if pace is not None else {}),
    }
