"""Alerts and dashboards against Prometheus's own parser and engine, and against a real model's metrics."""

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path

import pytest
import yaml

from promql import ALERTS, DASHBOARDS, Metrics, expressions, missing, queries, rules, shown, used_by
from runtime_server import RuntimeServer

ROOT = Path(__file__).parents[2]


def promtool(*arguments: str | Path) -> None:
    binary = shutil.which("promtool")
    if binary is None:
        pytest.fail("promtool is not on PATH: run these tests by `make chart`, which brings it along")
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def metrics_of_a_model(tmp_path_factory: pytest.TempPathFactory) -> Metrics:
    """What a real runtime shows after a request and a stream."""
    with RuntimeServer(ROOT / "examples" / "echo", folder=tmp_path_factory.mktemp("runtime")) as server:
        server.ready()
        chat = {"messages": [{"role": "user", "content": "hello there"}], "stream": True}
        for path, body in (("/predict", {"prompt": "hello"}), ("/v1/chat/completions", chat)):
            request = urllib.request.Request(server.base + path, json.dumps(body).encode())
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
        with urllib.request.urlopen(f"{server.admin}/metrics", timeout=10) as answer:
            return shown(answer.read().decode())


@pytest.mark.parametrize("file", ALERTS, ids=lambda file: file.stem)
def test_rules_are_read_by_prometheus(file: Path) -> None:
    promtool("check", "rules", "--lint=all", "--lint-fatal", file)


@pytest.mark.parametrize("file", ALERTS, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_not_else(file: Path) -> None:
    promtool("test", "rules", Path(__file__).parent / "alerts" / file.name)


@pytest.mark.parametrize("file", ALERTS, ids=lambda file: file.stem)
def test_every_alert_is_seen_both_firing_and_quiet(file: Path) -> None:
    cases = yaml.safe_load((Path(__file__).parent / "alerts" / file.name).read_text())["tests"]
    tried = [case for each in cases for case in each["alert_rule_test"]]
    names = {rule["alert"] for rule in rules(file)}
    assert {case["alertname"] for case in tried if case["exp_alerts"]} == names
    assert {case["alertname"] for case in tried if not case["exp_alerts"]} == names


@pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)
def test_every_query_of_a_dashboard_is_read_by_prometheus(file: Path, tmp_path: Path) -> None:
    recorded = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries(file))]
    written = tmp_path / "rules.yaml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}))
    promtool("check", "rules", written)


def test_every_metric_in_use_is_one_that_a_model_shows(metrics_of_a_model: Metrics) -> None:
    assert missing(expressions("models"), metrics_of_a_model) == []


def test_a_metric_and_a_label_that_are_not_there_are_found(metrics_of_a_model: Metrics) -> None:
    asked = ["rate(truss_nonsense_total[5m])", 'sum(truss_requests_total{nonsense="x"})']
    assert len(missing(asked, metrics_of_a_model)) == 2


def test_what_an_expression_uses_is_found_in_it() -> None:
    expression = 'sum by (namespace, le) (rate(a_total{cause="x|y_z"}[5m])) / on (pod) b_c > bool 0.1'
    assert used_by(expression) == {"a_total": {"cause"}, "b_c": set()}
