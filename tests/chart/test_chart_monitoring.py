"""Who is scraped, by whom, and what the Prometheus Operator's objects and Grafana's sidecar are given."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from observed import truss_model
from truss_operator.builders.container import build_container
from truss_operator.builders.labels import labels
from truss_operator.builders.ports import ADMIN

Json = dict[str, Any]
Render = Callable[..., list[Json]]

ROOT = Path(__file__).parents[2]
FILES = ROOT / "charts" / "trussmodel-operator" / "files"


def one(manifests: list[Json], kind: str) -> Json:
    (found,) = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def alerts_of(rule: Json) -> list[Json]:
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


def shipped_alerts() -> list[str]:
    files = sorted((FILES / "alerts").glob("*.yaml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule["alert"] for group in groups for rule in group["rules"]]


def test_the_service_leads_to_the_operators_port(render: Render) -> None:
    manifests = render()
    spec = one(manifests, "Service")["spec"]
    pod = one(manifests, "Deployment")["spec"]["template"]
    assert spec["selector"].items() <= pod["metadata"]["labels"].items()
    assert spec["ports"][0]["targetPort"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}


def test_the_service_monitor_finds_the_service(render: Render) -> None:
    manifests = render(values={"metrics": {"serviceMonitor": {"enabled": True}}}, namespace="models")
    monitor, service = one(manifests, "ServiceMonitor")["spec"], one(manifests, "Service")
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["namespaceSelector"] == {"matchNames": ["models"]}
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in service["spec"]["ports"]}


def test_the_pod_monitor_finds_the_pods_that_the_operator_makes(render: Render) -> None:
    monitor = one(render(values={"metrics": {"podMonitor": {"enabled": True}}}), "PodMonitor")["spec"]
    model = truss_model(name="echo")
    assert monitor["selector"]["matchLabels"].items() <= labels(model).items()
    ports = {port["name"] for port in build_container(model, [])["ports"]}
    assert monitor["podMetricsEndpoints"][0]["port"] in ports
    assert monitor["podMetricsEndpoints"][0]["port"] == ADMIN


def test_the_pod_monitor_looks_where_the_operator_serves_models(render: Render) -> None:
    monitored = {"metrics": {"podMonitor": {"enabled": True}}}
    everywhere = one(render(values=monitored), "PodMonitor")
    assert everywhere["spec"]["namespaceSelector"] == {"any": True}
    some = one(render(values={**monitored, "watch": {"namespaces": ["blue", "green"]}}), "PodMonitor")
    assert some["spec"]["namespaceSelector"] == {"matchNames": ["blue", "green"]}


def test_the_models_samples_carry_the_models_name(render: Render) -> None:
    """Kubernetes' service discovery writes each character of a label's name that Prometheus lacks as `_`."""
    monitor = one(render(values={"metrics": {"podMonitor": {"enabled": True}}}), "PodMonitor")["spec"]
    made = {r["targetLabel"]: r["sourceLabels"] for r in monitor["podMetricsEndpoints"][0]["relabelings"]}
    assert made["trussmodel"] == ["__meta_kubernetes_pod_label_trussmodel_dev_name"]


def test_the_pod_monitor_of_the_page_about_metrics_gives_what_the_charts_gives(render: Render) -> None:
    page = (ROOT / "docs" / "operations" / "observing.md").read_text()
    shown = [yaml.safe_load(block.partition("```")[0]) for block in page.split("```yaml\n")[1:]]
    (monitor,) = [block for block in shown if block.get("kind") == "PodMonitor"]
    charts = one(render(values={"metrics": {"podMonitor": {"enabled": True}}}), "PodMonitor")["spec"]
    (mine,), (its,) = monitor["spec"]["podMetricsEndpoints"], charts["podMetricsEndpoints"]
    assert monitor["spec"]["selector"] == charts["selector"]
    assert mine["relabelings"] == its["relabelings"]
    assert mine["port"] == its["port"]


@pytest.mark.parametrize(
    "values",
    [
        {"alerts": {"enabled": True}, "docsUrl": "https://a.b"},
        {"alerts": {"enabled": True, "runbookUrl": "https://a.b/operations/alerts.html"}, "docsUrl": ""},
    ],
    ids=["docsUrl", "runbookUrl"],
)
def test_all_alerts_are_there_with_a_link_to_their_section(render: Render, values: Json) -> None:
    rules = alerts_of(one(render(values=values), "PrometheusRule"))
    assert sorted(rule["alert"] for rule in rules) == sorted(shipped_alerts())
    for rule in rules:
        assert (
            rule["annotations"]["runbook_url"]
            == f"https://a.b/operations/alerts.html#{rule['alert'].lower()}"
        )


def test_without_documentation_no_alert_leads_anywhere(render: Render) -> None:
    rule = one(render(values={"alerts": {"enabled": True}, "docsUrl": ""}), "PrometheusRule")
    assert [rule["alert"] for rule in alerts_of(rule) if "runbook_url" in rule["annotations"]] == []


def test_the_runbook_has_a_section_for_every_alert_and_no_other() -> None:
    page = (ROOT / "docs" / "operations" / "alerts.md").read_text()
    sections = [line.removeprefix("### ") for line in page.splitlines() if line.startswith("### ")]
    assert sorted(sections) == sorted(shipped_alerts())


def test_the_alert_of_an_absent_operator_is_about_that_of_the_release(render: Render) -> None:
    """Another release's, that is there, says nothing of this one's."""
    values: Json = {"alerts": {"enabled": True}, "metrics": {"serviceMonitor": {"enabled": True}}}
    manifests = render(values=values, namespace="models", release="mine")
    (alert,) = [
        alert
        for alert in alerts_of(one(manifests, "PrometheusRule"))
        if alert["alert"] == "TrussModelOperatorAbsent"
    ]
    job = one(manifests, "Service")["metadata"]["name"]
    # Prometheus names the job after the Service unless told otherwise.
    assert "jobLabel" not in one(manifests, "ServiceMonitor")["spec"]
    assert alert["expr"] == f'absent(workqueue_depth{{name="trussmodel", namespace="models", job="{job}"}})'


@pytest.mark.parametrize("scraped", [{}, {"enabled": True, "relabelings": [{"targetLabel": "job"}]}])
def test_a_job_that_is_not_the_charts_to_name_is_not_asked_for(render: Render, scraped: Json) -> None:
    values = {"alerts": {"enabled": True}, "metrics": {"serviceMonitor": scraped}}
    (alert,) = [
        alert
        for alert in alerts_of(one(render(values=values, namespace="models"), "PrometheusRule"))
        if alert["alert"] == "TrussModelOperatorAbsent"
    ]
    assert alert["expr"] == 'absent(workqueue_depth{name="trussmodel", namespace="models"})'


def test_what_a_prometheus_reads_is_where_it_looks(render: Render) -> None:
    there = {"enabled": True, "namespace": "monitoring"}
    metrics = {"serviceMonitor": there, "podMonitor": there}
    manifests = render(values={"metrics": metrics, "alerts": there, "dashboards": there}, namespace="models")
    found = {m["kind"] for m in manifests if m["metadata"].get("namespace") == "monitoring"}
    assert found == {"ServiceMonitor", "PodMonitor", "PrometheusRule", "ConfigMap"}
    assert one(manifests, "ServiceMonitor")["spec"]["namespaceSelector"] == {"matchNames": ["models"]}


def test_an_alert_that_is_left_out_is_not_there(render: Render) -> None:
    values = {"alerts": {"enabled": True, "disabled": ["TrussModelErrors"]}}
    assert "TrussModelErrors" not in str(one(render(values=values), "PrometheusRule"))


def test_the_dashboards_are_whole(render: Render) -> None:
    labelled = [m for m in render(values={"dashboards": {"enabled": True}}) if m["kind"] == "ConfigMap"]
    maps = [m for m in labelled if "grafana_dashboard" in m["metadata"]["labels"]]
    shipped = {f"trussmodel-{file.name}": json.loads(file.read_text()) for file in FILES.glob("dashboards/*")}
    assert {key: json.loads(text) for m in maps for key, text in m["data"].items()} == shipped
