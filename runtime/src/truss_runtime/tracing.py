"""OpenTelemetry traces: set up here, by the standard's own variables, where the extra ``otel`` is installed.

Flow: locate → **tracing** → import → init → load → requests (``web/spans.py``). Before the user's code, so
that the tracers which it asks for are real. Where nothing asks for traces, nothing of the library is
imported. docs/reference/runtime-settings.md tells which variables count.
"""

import logging
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

logger = logging.getLogger(__name__)

STOP_SECONDS = 2.0
"""How long the end of the process may wait for a collector that does not take the last spans."""

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_BY_PROTOCOL = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
_GROUP = "opentelemetry_traces_exporter"
"""The group of entry points under which each package of an exporter names it."""


def exporters_wanted(variables: Mapping[str, str]) -> list[str]:
    """Returns the names of the exporters that the variables ask for: none unless one of them does.

    Args:
        variables: the process's. ``OTEL_TRACES_EXPORTER`` and the endpoints of OTLP count.
    """
    if variables.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return []
    named = variables.get("OTEL_TRACES_EXPORTER", "")
    if not named.strip():
        named = "otlp" if any(variables.get(name) for name in _ENDPOINTS) else "none"
    protocol = next((variables[name].strip() for name in _PROTOCOLS if variables.get(name)), "http/protobuf")
    names = [name.strip() for name in named.split(",") if name.strip() not in ("", "none")]
    return [_BY_PROTOCOL.get(protocol, protocol) if name == "otlp" else name for name in names]


class Tracing:
    """The traces of one process.

    Args:
        provider: makes the tracers, ours and the user's.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        self.provider = provider

    def ids(self) -> dict[str, str]:
        """Returns the ids of the current span, by which logs find it; nothing outside of one."""
        from opentelemetry import trace

        current = trace.get_current_span().get_span_context()
        if not current.is_valid:
            return {}
        return {"trace_id": f"{current.trace_id:032x}", "span_id": f"{current.span_id:016x}"}

    def stop(self) -> None:
        """Sends the last spans, and waits for that no longer than it may."""
        # A thread, for a collector that is away would hold up the end of the process by many seconds.
        last = threading.Thread(target=self.provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(STOP_SECONDS)


def start(model: str, environment: str | None) -> Tracing | None:
    """Sets up traces if the variables ask for them, and says in the log what is missing.

    A provider that is there already, such as the one that ``opentelemetry-instrument`` leaves, is taken.

    Args:
        model: what ``service.name`` is unless the variables name one.
        environment: likewise for ``deployment.environment.name``; None for none.
    """
    wanted = exporters_wanted(os.environ)
    if not wanted:
        return None
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        logger.warning(
            "the variables OTEL_... ask for traces, but OpenTelemetry's SDK is not installed, so there are "
            "none: install `trussmodel-runtime[otel]` in the image."
        )
        return None
    standing = trace.get_tracer_provider()
    if isinstance(standing, TracerProvider):
        return Tracing(standing)
    exporters = _exporters(wanted)
    if not exporters:
        return None
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=_resource(model, environment), shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    logger.info("traces go to %s", ", ".join(wanted))
    return Tracing(provider)


def _exporters(names: list[str]) -> list[Any]:
    from importlib.metadata import entry_points  # late: it takes a good part of a quick start

    found = []
    for name in names:
        entries = list(entry_points(group=_GROUP, name=name))
        if not entries:
            known = ", ".join(sorted(entry.name for entry in entry_points(group=_GROUP)))
            logger.warning("no package here exports traces to %s: install one. There are %s.", name, known)
            continue
        try:
            found.append(entries[0].load()())
        except Exception as error:  # noqa: BLE001 - traces are no reason not to serve
            logger.warning("the exporter of traces %s cannot be made from its variables: %s", name, error)
    return found


def _resource(model: str, environment: str | None) -> Any:
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    ours = {"service.name": model}
    if environment is not None:
        ours["deployment.environment.name"] = environment
    said = OTELResourceDetector().detect().attributes  # OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME
    return Resource.create({**ours, **said})
