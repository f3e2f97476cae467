"""A Grafana dashboard, from lists of panels: Grafana's JSON is written by no hand."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PAGE, _COLUMNS = 24, 3
_WIDTH, _HEIGHT, _STAT_HEIGHT = _PAGE // _COLUMNS, 8, 4
_BARS = 8
"""So many have room in a graph; there are pages of more."""
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


COUNT = "short"
"""The unit of what is counted: Grafana is told that there are no halves of it."""


@dataclass(frozen=True)
class Panel:
    """One graph, or one number; `queries` are PromQL with the legend of their lines."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]
    description: str
    stacked: bool = False
    """Whether the lines are parts of a whole, and may be equal: one would hide the other."""
    states: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """What a value means, and its colour: then each line is a bar that says when it was so."""
    colours: Sequence[tuple[str, str]] = ()
    """Pattern of legends, and the colour of whose shades they are."""
    bad: float | None = None
    """From where on a number is shown in red."""
    nothing: str = ""
    """What is to be read where there is no line, if that is as it should be."""


@dataclass(frozen=True)
class Variable:
    """A choice at the top, of one, several or all values of a label."""

    name: str
    label: str
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
        "label": variable.label,
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
    options = {"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"}
    made = []
    for number, panel in enumerate(panels):
        steps: list[dict[str, Any]] = [{"value": None, "color": "text"}]
        if panel.bad is not None:
            steps.append({"value": panel.bad, "color": "red"})
        at = {"h": _STAT_HEIGHT, "w": width, "x": number * width, "y": 0}
        coloured = {"color": {"mode": "thresholds"}, "thresholds": {"mode": "absolute", "steps": steps}}
        made.append({**_common("stat", panel, at, coloured), "options": options})
    return made


def _graphs(panels: Sequence[Panel]) -> list[dict[str, Any]]:
    made = []
    for number, panel in enumerate(panels):
        row, column = divmod(number, _COLUMNS)
        at = {"h": _HEIGHT, "w": _WIDTH, "x": column * _WIDTH, "y": _STAT_HEIGHT + row * _HEIGHT}
        made.append(_states(panel, at) if panel.states else _lines(panel, at))
    return made


def _lines(panel: Panel, at: dict[str, int]) -> dict[str, Any]:
    drawn: dict[str, Any] = {}
    if panel.stacked:
        drawn |= {"stacking": {"mode": "normal"}, "fillOpacity": 30}
    if panel.unit == COUNT:
        drawn |= {"axisSoftMax": 1}  # where all is 0 the axis would go to 100
    options = {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}}
    return {**_common("timeseries", panel, at, {"custom": drawn} if drawn else {}), "options": options}


def _states(panel: Panel, at: dict[str, int]) -> dict[str, Any]:
    told = {
        str(value): {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(panel.states.items())
    }
    mapped = {"mappings": [{"type": "value", "options": told}], "custom": {"fillOpacity": 70, "lineWidth": 0}}
    options = {"showValue": "auto", "mergeValues": True, "perPage": _BARS, "legend": {"showLegend": False}}
    return {**_common("state-timeline", panel, at, mapped), "options": options}


def _common(kind: str, panel: Panel, at: dict[str, int], shown: dict[str, Any]) -> dict[str, Any]:
    targets = [
        {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
        for index, (expr, legend) in enumerate(panel.queries)
    ]
    shades = [
        {
            "matcher": {"id": "byRegexp", "options": f"/{pattern}/"},
            "properties": [{"id": "color", "value": {"mode": "shades", "fixedColor": colour}}],
        }
        for pattern, colour in panel.colours
    ]
    defaults = {
        "unit": panel.unit,
        "min": 0,
        **({"decimals": 0} if panel.unit == COUNT else {}),
        **({"noValue": panel.nothing} if panel.nothing else {}),
        **shown,
    }
    return {
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": defaults, "overrides": shades},
        "targets": targets,
    }
