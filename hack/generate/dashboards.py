"""The Grafana dashboards, from lists of panels: Grafana's JSON is written by no hand."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    """One graph; `queries` are PromQL with the legend of its lines."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]
    description: str = ""


def dashboard(
    uid: str, title: str, variables: Sequence[tuple[str, str]], panels: Sequence[Panel]
) -> Callable[[str], str]:
    """Makes the text of a dashboard.

    Args:
        uid: What its links hold.
        title: Its name.
        variables: Name and query (`label_values(...)`) of the choices at its top.
        panels: In the order of reading.
    """
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    document = {
        "uid": uid,
        "title": title,
        "tags": ["trussmodel"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [source, *(_variable(name, query) for name, query in variables)]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }
    text = json.dumps(document, indent=2) + "\n"
    return lambda _: text


def _variable(name: str, query: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": query,
        "definition": query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    targets = [
        {"refId": chr(ord("A") + index), "datasource": source, "expr": expr, "legendFormat": legend}
        for index, (expr, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": source,
        "gridPos": {
            "h": _HEIGHT,
            "w": _WIDTH,
            "x": number % _COLUMNS * _WIDTH,
            "y": number // _COLUMNS * _HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": targets,
    }


def _quantiles(metric: str, select: str, by: str = "") -> list[tuple[str, str]]:
    group = f"{by}, le" if by else "le"
    legend = " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(",")) if by else ""
    rate = f"rate({metric}_bucket{{{select}}}[$__rate_interval])"
    return [
        (
            f"histogram_quantile({q}, sum by ({group}) ({rate}))",
            f"{legend} p{q[2:]:0<2}".strip(),
        )
        for q in ("0.5", "0.95", "0.99")
    ]


def _rate(metric: str, select: str, by: str) -> list[tuple[str, str]]:
    return [(f"sum by ({by}) (rate({metric}{{{select}}}[$__rate_interval]))", f"{{{{{by}}}}}")]


_OPERATOR = 'instance=~"$instance"'
_RECONCILES = f'controller="trussmodel", {_OPERATOR}'
_QUEUE = f'name="trussmodel", {_OPERATOR}'

_READY = f"trussmodel_ready{{{_OPERATOR}}}"
_FAILURES = f"max by (namespace, name, phase, reason) (trussmodel_last_failure{{{_OPERATOR}}})"
_IMAGES = f"max by (namespace, name, image) (trussmodel_info{{{_OPERATOR}}})"

OPERATOR = dashboard(
    "trussmodel-operator",
    "TrussModel operator",
    [("instance", "label_values(trussmodel_operator_cache_objects, instance)")],
    [
        Panel(
            "TrussModels, by what their status says",
            "short",
            [
                (
                    f"max by (ready, reason) (trussmodel_operator_trussmodels{{{_OPERATOR}}})",
                    "ready {{ready}}: {{reason}}",
                )
            ],
        ),
        Panel(
            "TrussModels that are not ready",
            "short",
            [(f"max by (namespace, name) ({_READY}) == bool 0 > 0", "{{namespace}}/{{name}}")],
            "1 while it is not; of so many TrussModels as the operator tells of singly (--metrics-models).",
        ),
        Panel(
            "TrussModels whose last failure was within the hour",
            "short",
            [(f"count by (phase, reason) (time() - {_FAILURES} < 3600)", "{{phase}}: {{reason}}")],
        ),
        Panel("Images in use", "short", [(f"count by (image) ({_IMAGES})", "{{image}}")]),
        Panel("Reconciles", "ops", _rate("controller_runtime_reconcile_total", _RECONCILES, "result")),
        Panel(
            "Duration of a reconcile",
            "s",
            _quantiles("controller_runtime_reconcile_time_seconds", _RECONCILES),
        ),
        Panel(
            "TrussModels that wait",
            "short",
            [(f"sum by (instance) (workqueue_depth{{{_QUEUE}}})", "{{instance}}")],
        ),
        Panel("How long they wait", "s", _quantiles("workqueue_queue_duration_seconds", _QUEUE)),
        Panel(
            "Put off after a failure",
            "ops",
            [
                (f"sum(rate(workqueue_retries_total{{{_QUEUE}}}[$__rate_interval]))", "retries"),
                (f"sum(rate(workqueue_adds_total{{{_QUEUE}}}[$__rate_interval]))", "added"),
            ],
        ),
        Panel("Calls to the API server", "ops", _rate("rest_client_requests_total", _OPERATOR, "code")),
        Panel(
            "Leader",
            "bool_yes_no",
            [(f"max by (instance) (leader_election_master_status{{{_OPERATOR}}})", "{{instance}}")],
        ),
        Panel("Watches begun", "ops", _rate("trussmodel_operator_watch_starts_total", _OPERATOR, "resource")),
        Panel(
            "Objects followed",
            "short",
            [(f"max by (resource) (trussmodel_operator_cache_objects{{{_OPERATOR}}})", "{{resource}}")],
        ),
        Panel(
            "Memory",
            "bytes",
            [(f"sum by (instance) (process_resident_memory_bytes{{{_OPERATOR}}})", "{{instance}}")],
        ),
        Panel("CPU", "short", _rate("process_cpu_seconds_total", _OPERATOR, "instance")),
    ],
)

_MODELS = 'namespace=~"$namespace", trussmodel=~"$trussmodel"'

MODELS = dashboard(
    "trussmodel-models",
    "TrussModels",
    [
        ("namespace", "label_values(truss_info, namespace)"),
        ("trussmodel", 'label_values(truss_info{namespace=~"$namespace"}, trussmodel)'),
    ],
    [
        Panel("Requests", "reqps", _rate("truss_requests_total", _MODELS, "trussmodel")),
        Panel("Requests by status", "reqps", _rate("truss_requests_total", _MODELS, "status")),
        Panel("Requests by route", "reqps", _rate("truss_requests_total", _MODELS, "route")),
        Panel("Duration of a request", "s", _quantiles("truss_request_duration_seconds", _MODELS)),
        Panel("Time to the first chunk", "s", _quantiles("truss_stream_first_chunk_seconds", _MODELS)),
        Panel("Chunks streamed", "ops", _rate("truss_stream_chunks_total", _MODELS, "trussmodel")),
        Panel(
            "Calls into the model",
            "short",
            [
                (f"sum by (trussmodel) (truss_requests_in_flight{{{_MODELS}}})", "{{trussmodel}} now"),
                (f"sum by (trussmodel) (truss_requests_queued{{{_MODELS}}})", "{{trussmodel}} waiting"),
            ],
        ),
        Panel("Turned away, by cause", "reqps", _rate("truss_requests_rejected_total", _MODELS, "cause")),
        Panel("Ended early, by cause", "reqps", _rate("truss_requests_cancelled_total", _MODELS, "cause")),
        Panel(
            "How late the event loop is",
            "s",
            _quantiles("truss_event_loop_lag_seconds", _MODELS, "trussmodel")[1:2],
        ),
        Panel(
            "Threads given up",
            "short",
            [(f"sum by (trussmodel) (truss_threads_abandoned{{{_MODELS}}})", "{{trussmodel}}")],
        ),
        Panel(
            "Time to load",
            "s",
            [
                (
                    f"max by (trussmodel, revision) (truss_load_seconds{{{_MODELS}}})",
                    "{{trussmodel}} {{revision}}",
                )
            ],
        ),
        Panel(
            "Memory of a pod",
            "bytes",
            [(f"max by (trussmodel) (process_resident_memory_bytes{{{_MODELS}}})", "{{trussmodel}}")],
        ),
        Panel("CPU", "short", _rate("process_cpu_seconds_total", _MODELS, "trussmodel")),
        Panel(
            "Pods seen, by version of the runtime",
            "short",
            [(f"count by (version) (truss_info{{{_MODELS}}})", "{{version}}")],
        ),
    ],
)
