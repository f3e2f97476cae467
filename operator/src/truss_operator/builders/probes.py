"""Probes of the model's container, all on the admin port: it answers while the model loads or blocks."""

from typing import Any

from truss_operator.builders.ports import ADMIN

_STARTUP_SECONDS = 300


def build_probes() -> dict[str, Any]:
    """The three probes.

    The runtime opens the admin port before it imports the model, so the startup probe waits for the
    interpreter alone, and a load may take as long as it likes: only readiness waits for that. Readiness is
    asked every second, because it is what a rollout waits for.
    """
    return {
        "startupProbe": {**_get("/livez"), "periodSeconds": 1, "failureThreshold": _STARTUP_SECONDS},
        "readinessProbe": {**_get("/readyz"), "periodSeconds": 1, "failureThreshold": 3},
        "livenessProbe": {**_get("/livez"), "periodSeconds": 10, "failureThreshold": 3},
    }


def _get(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": ADMIN}, "timeoutSeconds": 5}
