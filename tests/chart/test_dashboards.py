"""What the dashboards show, evaluated by Prometheus: all that is ours, apart, and nothing of anybody else."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evaluation import Result, evaluated, series
from promql import DASHBOARDS, used_by

Json = dict[str, Any]

OPERATOR = {"namespace": "system", "job": "operator", "controller": "trussmodel", "name": "trussmodel"}
OURS = {
    # Two operators of a release.
    "operator": [{**OPERATOR, "instance": f"10.0.0.{number}:8080"} for number in (1, 2)],
    # Two models of one name.
    "models": [
        {"namespace": ns, "trussmodel": "echo", "pod": ns, "instance": ns} for ns in ("blue", "green")
    ],
}
FOREIGN = {"namespace": "elsewhere", "job": "other", "instance": "10.0.0.9:8080", "pod": "other"}
FOREIGN |= {"controller": "another", "name": "another"}
VARIABLES = {
    "operator": {"namespace": "system", "instance": r"(10\\.0\\.0\\.1:8080|10\\.0\\.0\\.2:8080)"},
    "models": {"namespace": "(blue|green)", "trussmodel": "echo"},
}
"""All that Grafana finds of each, as it writes several into a query that has no pattern for all."""
ASKED_FOR = {"status": "500", "resource": "trussmodels", "ready": "False", "image": "echo:1"}
"""Values of labels that a query selects by."""
VALUES = {"trussmodel_ready": "0x30", "process_start_time_seconds": "100x5 200x24"}


def targets(dashboard: Json) -> Iterator[tuple[str, str, str]]:
    """Title of the panel, query and legend of each line, with all values of the variables chosen."""
    name = dashboard["uid"].removeprefix("trussmodel-")
    chosen = {"__rate_interval": "5m", **VARIABLES[name]}
    for variable in dashboard["templating"]["list"]:
        if "allValue" in variable:
            chosen[variable["name"]] = variable["allValue"]
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            # What begins with a digit is label_replace's, and Grafana leaves it as it is.
            query = re.sub(r"\$([a-z_]\w*)", lambda found: chosen[found[1]], target["expr"])
            yield panel["title"], query, target["legendFormat"]


def values(queries: list[str], bearers: list[dict[str, str]]) -> dict[str, str]:
    """Series of whatever the queries read, of each of the bearers."""
    made = {}
    for query in queries:
        grouped = re.findall(r"\bby \(([^)]*)\)", query)
        labels = {label.strip() for group in grouped for label in group.split(",")} - {"le"}
        for name, selected in used_by(query).items():
            for bearer in bearers:
                # What is of one side alone is not told of the other, if it goes by what it selects.
                told = {
                    label: ASKED_FOR.get(label, "x")
                    for label in (labels | selected) - {"trussmodel", "instance", "pod", "job", "namespace"}
                }
                for bound in ("1", "+Inf") if name.endswith("_bucket") else ("",):
                    named = {**told, **bearer, **({"le": bound} if bound else {})}
                    made[series(name, named)] = VALUES.get(name, "0+1x30")
    return made


@pytest.fixture(params=DASHBOARDS, ids=lambda file: file.stem)
def dashboard(request: pytest.FixtureRequest) -> Json:
    """Each dashboard in turn."""
    path: Path = request.param
    read: Json = json.loads(path.read_text())
    return read


@pytest.fixture
def lines(dashboard: Json) -> list[tuple[str, str, str]]:
    """Panel, query and legend of each line of it."""
    return list(targets(dashboard))


@pytest.fixture
def ours(dashboard: Json, lines: list[tuple[str, str, str]]) -> dict[str, str]:
    """The series that it is about."""
    return values([query for _, query, _ in lines], OURS[dashboard["uid"].removeprefix("trussmodel-")])


@pytest.fixture
def shown(lines: list[tuple[str, str, str]], ours: dict[str, str], tmp_path: Path) -> dict[str, Result]:
    """What each query yields of them."""
    return evaluated([query for _, query, _ in lines], ours, tmp_path)


def test_every_line_shows_what_is_ours(lines: list[tuple[str, str, str]], shown: dict[str, Result]) -> None:
    assert [panel for panel, query, _ in lines if not shown[query]] == []


def test_no_line_shows_anything_of_another_program(
    lines: list[tuple[str, str, str]], ours: dict[str, str], shown: dict[str, Result], tmp_path: Path
) -> None:
    """What is called truss is nobody else's; process_, workqueue_ and the like are many a program's."""
    queries = [query for _, query, _ in lines]
    common = {name: each for name, each in values(queries, [FOREIGN]).items() if not name.startswith("truss")}
    assert common
    beside = evaluated(queries, {**ours, **common}, tmp_path)
    assert [panel for panel, query, _ in lines if beside[query] != shown[query]] == []


def test_two_lines_of_a_panel_never_have_one_legend(
    lines: list[tuple[str, str, str]], shown: dict[str, Result]
) -> None:
    legends = [
        (panel, written(legend, labels)) for panel, query, legend in lines for labels, _ in shown[query]
    ]
    assert sorted(set(legends)) == sorted(legends)


def written(legend: str, labels: dict[str, str]) -> str:
    """The legend as Grafana writes it beside a line."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)


def test_models_of_one_name_in_two_namespaces_have_a_line_each(
    lines: list[tuple[str, str, str]], shown: dict[str, Result]
) -> None:
    told = {
        panel: {labels.get("namespace") for labels, _ in shown[query]}
        for panel, query, legend in lines
        if "{{trussmodel}}" in legend
    }
    assert {panel: namespaces for panel, namespaces in told.items() if namespaces != {"blue", "green"}} == {}


def test_what_is_counted_by_two_operators_counts_once(tmp_path: Path) -> None:
    (file,) = [file for file in DASHBOARDS if file.stem == "operator"]
    (query,) = [query for panel, query, _ in targets(json.loads(file.read_text())) if panel == "TrussModels"]
    named = "trussmodel_operator_trussmodels"
    told = [{**bearer, "ready": "True", "reason": "Serving"} for bearer in OURS["operator"]]
    assert evaluated([query], {series(named, each): "7x30" for each in told}, tmp_path)[query] == [({}, 7)]


def test_a_legend_has_room_for_an_image_and_tells_its_digests_apart(tmp_path: Path) -> None:
    (file,) = [file for file in DASHBOARDS if file.stem == "operator"]
    (query,) = [
        query for panel, query, _ in targets(json.loads(file.read_text())) if panel == "Images in use"
    ]
    told = {
        "a": f"registry.example.com:5000/team/echo:1.4.0@sha256:{'1' * 64}",
        "b": f"registry.example.com:5000/team/echo:1.4.0@sha256:{'2' * 64}",
        "c": f"echo@sha256:{'3' * 64}",
        "d": "registry.example.com/echo:1.5.0",
    }
    labels = [{**OURS["operator"][0], "name": name, "image": image} for name, image in told.items()]
    values = {series("trussmodel_info", each): "1x30" for each in labels}
    found = {labels["image"] for labels, _ in evaluated([query], values, tmp_path)[query]}
    assert found == {
        "echo:1.4.0@1111111",
        "echo:1.4.0@2222222",
        "echo@3333333",
        "registry.example.com/echo:1.5.0",
    }


def test_where_all_are_ready_the_graph_of_those_that_are_not_says_so(tmp_path: Path) -> None:
    """Without a line Grafana would show an error in a graph of states."""
    (file,) = [file for file in DASHBOARDS if file.stem == "operator"]
    lines = list(targets(json.loads(file.read_text())))
    queries = [query for panel, query, _ in lines if panel == "TrussModels that are not ready"]
    labels = [{**OURS["operator"][0], "name": name} for name in ("echo", "rank")]
    ready = {series("trussmodel_ready", each): "1x30" for each in labels}
    assert list(evaluated(queries, ready, tmp_path).values()) == [[({}, 0)], []]


def test_every_panel_says_what_it_is_about(dashboard: Json) -> None:
    assert [panel["title"] for panel in dashboard["panels"] if not panel["description"]] == []


def test_a_description_has_nothing_that_a_page_takes_for_a_tag(dashboard: Json) -> None:
    """Grafana shows it as Markdown, and leaves out tags that it does not know."""
    plain = {panel["title"]: re.sub(r"`[^`]*`", "", panel["description"]) for panel in dashboard["panels"]}
    assert [title for title, text in plain.items() if "<" in text] == []


def test_what_is_counted_has_an_axis_of_whole_numbers(dashboard: Json) -> None:
    """Of halves and, where all is 0, of a hundred there would be no sense."""
    counts = [panel for panel in dashboard["panels"] if panel["fieldConfig"]["defaults"]["unit"] == "short"]
    defaults = [(panel, panel["fieldConfig"]["defaults"]) for panel in counts]
    assert [panel["title"] for panel, shown in defaults if shown.get("decimals") != 0] == []
    lines = [(panel, shown) for panel, shown in defaults if panel["type"] == "timeseries"]
    assert [panel["title"] for panel, shown in lines if shown["custom"].get("axisSoftMax") != 1] == []


def test_no_row_of_graphs_is_left_with_a_gap(dashboard: Json) -> None:
    wide: dict[int, int] = {}
    for at in (panel["gridPos"] for panel in dashboard["panels"]):
        wide[at["y"]] = wide.get(at["y"], 0) + at["w"]
    assert set(wide.values()) == {24}


def test_panels_do_not_lie_on_one_another(dashboard: Json) -> None:
    cells = [
        (x, y)
        for at in (panel["gridPos"] for panel in dashboard["panels"])
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
