"""The ``runtime`` section of config.yaml: what of it is followed here, checked before anything is imported.

The fields and their defaults are Truss's. Fields that only Baseten's platform reads are left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from truss_runtime.failure import ModelFailure, Report

Transport = Literal["http", "websocket"]


@dataclass(frozen=True, slots=True)
class RuntimeSection:
    """The section's fields that have effect here."""

    predict_concurrency: int = 1
    """Calls of predict at once, unless ``--concurrency`` is given."""
    streaming_read_timeout: float = 60
    """Seconds between two chunks of a stream, unless ``--stream-read-seconds`` is given."""
    transport: Transport = "http"
    """``websocket``: the model serves a WebSocket, and is refused if it does not."""
    ping_interval_seconds: float | None = 20
    """Between two pings on a WebSocket; None for none."""
    ping_timeout_seconds: float | None = 20
    """How long a ping may go unanswered before the WebSocket is closed."""
    restart_threshold_seconds: float = 1800
    """How long ``is_healthy`` may be false before the process is not alive."""


def read_runtime(config: Mapping[str, Any]) -> RuntimeSection:
    """Returns the section of a configuration, defaults where it says nothing.

    Raises:
        ModelFailure: a field cannot be understood, or asks for what is not served.
    """
    section = _mapping(config, "runtime")
    transport = _mapping(section, "transport", "runtime.")
    checks = _mapping(section, "health_checks", "runtime.")
    default = RuntimeSection()
    kind = transport.get("kind") or default.transport
    if kind not in ("http", "websocket"):
        raise _invalid(f"runtime.transport.kind is `{kind}`: this runtime serves http and websocket")
    return RuntimeSection(
        predict_concurrency=int(
            _number(section, "predict_concurrency", "runtime.", default.predict_concurrency, least=1)
        ),
        streaming_read_timeout=_number(
            section, "streaming_read_timeout", "runtime.", default.streaming_read_timeout
        ),
        transport=cast("Transport", kind),
        ping_interval_seconds=_number(
            transport, "ping_interval_seconds", "runtime.transport.", default.ping_interval_seconds or 0
        ),
        ping_timeout_seconds=_number(
            transport, "ping_timeout_seconds", "runtime.transport.", default.ping_timeout_seconds or 0
        ),
        restart_threshold_seconds=_number(
            checks, "restart_threshold_seconds", "runtime.health_checks.", default.restart_threshold_seconds
        ),
    )


def _mapping(section: Mapping[str, Any], name: str, above: str = "") -> Mapping[str, Any]:
    value = section.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _invalid(f"{above}{name} is a {type(value).__name__}: write a mapping of names to values")
    return value


def _number(section: Mapping[str, Any], name: str, above: str, default: float, *, least: float = 0) -> float:
    value = section.get(name)
    if value is None:
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1
    if isinstance(value, bool) or number < least or (least == 0 and number == 0):
        wanted = f"a number from {least:g} on" if least else "a number above 0"
        raise _invalid(f"{above}{name} must be {wanted}")
    return number


def _invalid(problem: str) -> ModelFailure:
    return ModelFailure(Report("import", "InvalidModel", f"config.yaml: {problem}."))
