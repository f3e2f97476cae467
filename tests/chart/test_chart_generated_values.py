"""Whatever values the schema lets through render to manifests that every supported Kubernetes takes."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it ships no types
import pytest
import yaml
from hack.generate.values import documented
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Json = dict[str, Any]
Helm = Callable[..., Any]

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
FULL: Json = yaml.safe_load((CHART / "ci" / "full-values.yaml").read_text())

LABEL = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?", fullmatch=True)
TEXT = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
LABELS = st.dictionaries(LABEL.map("example.com/{}".format), LABEL, max_size=3)
ANNOTATIONS = st.dictionaries(LABEL.map("example.com/{}".format), TEXT, max_size=3)
OWN: dict[str, st.SearchStrategy[Any]] = {
    "nameOverride": st.one_of(st.just(""), st.from_regex(r"[a-z]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True)),
    "fullnameOverride": st.one_of(
        st.just(""), st.from_regex(r"[a-z]([-a-z0-9]{0,60}[a-z0-9])?", fullmatch=True)
    ),
    "commonLabels": LABELS,
    "podLabels": LABELS,
    "podAnnotations": ANNOTATIONS,
    "deploymentAnnotations": ANNOTATIONS,
    "serviceAccount.annotations": ANNOTATIONS,
    "metrics.service.annotations": ANNOTATIONS,
    "metrics.serviceMonitor.labels": LABELS,
    "alerts.labels": LABELS,
    "dashboards.annotations": ANNOTATIONS,
    "extraArgs": st.lists(TEXT.map("--x={}".format), max_size=3),
    "extraEnv": st.lists(st.builds(lambda value: {"name": "A", "value": value}, TEXT), max_size=1),
    "priorityClassName": LABEL,
    "terminationGracePeriodSeconds": st.integers(1, 600),
    "revisionHistoryLimit": st.integers(0, 20),
    "podDisruptionBudget.maxUnavailable": st.one_of(st.integers(1, 5), st.just("50%")),
    "networkPolicy.apiServerPorts": st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True),
}
"""Values beyond those that the defaults and the full set hold."""


@st.composite
def values(draw: st.DrawFn) -> Json:
    """Some values, each the full set's, or one of its own kind; switches either way."""
    made: Json = {}
    for path, default, _ in documented():
        if not draw(st.booleans()):
            continue
        full: Any = FULL
        for key in path.split("."):
            full = full[key]
        own = OWN.get(path, st.booleans() if isinstance(default, bool) else st.just(full))
        *above, last = path.split(".")
        place = made
        for key in above:
            place = place.setdefault(key, {})
        place[last] = copy.deepcopy(draw(own))
    metrics = made.get("metrics", {})
    if metrics.get("serviceMonitor", {}).get("enabled"):  # refused without: another test's
        metrics.pop("service", None)
    return made


@pytest.mark.timeout(120)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    # Each example is a run of helm: what fails is shown as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(values=values(), release=st.from_regex(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?", fullmatch=True))
def test_manifests_are_valid(helm_template: Helm, values: Json, release: str) -> None:
    done = helm_template(values=values, release=release)
    assert done.returncode == 0, done.stderr
    manifests = [
        m for m in yaml.load_all(done.stdout, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if m
    ]
    identities = [(m["kind"], m["metadata"].get("namespace"), m["metadata"]["name"]) for m in manifests]
    assert len(set(identities)) == len(identities)
    for manifest in manifests:
        assert len(manifest["metadata"]["name"]) <= 63
        own = not manifest["apiVersion"].startswith("monitoring.coreos.com/")
        if own and manifest["kind"] != "CustomResourceDefinition":
            for kubernetes in ("1.31", "1.37"):
                kubernetes_validate.validate(manifest, kubernetes, strict=True)
