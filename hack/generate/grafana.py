"""A Grafana dashboard, from lists of panels: Grafana's JSON is written by no hand."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

_PAGE, _COLUMNS = 24, 3
_WIDTH, _HEIGHT, _STAT_HEIGHT = _PAGE // _COLUMNS, 8, 4
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """One graph, or one number; `queries` are PromQL with the legend of their lines."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]
    description: str


@dataclass(frozen=True)
class Variable:
    """A choice at the top, of one, several or all values of a label."""

    name: str
    query: str
    """`label_values(...)`."""
    everything: str = ""
    """A pattern that stands for all of them where they are too many to be listed, and for nothing else."""


def dashboard(
    uid: str,
    title: str,
    variables: Sequence[Variable],
    numbers: Sequence[Panel],
    graphs: Sequence[Panel],
) -> Callable[[str], str]:
    """Makes the text of a dashboard.

    Args:
        uid: What its links hold.
        title: Its name.
        variables: The choices at its top.
        numbers: The row above all others: how it is now.
        graphs: In the order of reading.
    """
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    panels = [*_numbers(numbers), *_graphs(graphs)]
    document = {
        "uid": uid,
        "title": title,
        "tags": ["trussmodel"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [source, *map(_variable, variables)]},
        "panels": [{"id": number, **panel} for number, panel in enumerate(panels, 1)],
    }
    text = json.dumps(document, indent=2) + "\n"
    return lambda _: text


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "label": variable.name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": variable.query,
        "definition": variable.query,
        "refresh": 2,
        "multi": True,
        "includeAll": True,
        # Without it Grafana lists the values. One that matches everything would match what is not ours.
        **({"allValue": variable.everything} if variable.everything else {}),
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def _numbers(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    width = _PAGE // len(panels)
    return [
        {
            **_common("stat", panel, {"h": _STAT_HEIGHT, "w": width, "x": number * width, "y": 0}),
            "options": {
                "reduceOptions": {"calcs": ["lastNotNull"]},
                "colorMode": "none",
                "graphMode": "area",
            },
        }
        for number, panel in enumerate(panels)
    ]


def _graphs(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    made = []
    for number, panel in enumerate(panels):
        row, column = divmod(number, _COLUMNS)
        at = {"h": _HEIGHT, "w": _WIDTH, "x": column * _WIDTH, "y": _STAT_HEIGHT + row * _HEIGHT}
        options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
        made.append({**_common("timeseries", panel, at), "options": options})
    return made


def _common(kind: str, panel: Panel, at: dict[str, int]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
        for index, (expr, legend) in enumerate(panel.queries)
    ]
    return {
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }
