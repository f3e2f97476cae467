"""The chart's network policies on a cluster that enforces them: they let through what they should, not more.

Everything is asked twice, before there are policies and with them: what is refused then was not before.
"""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from cluster import Json, Kubectl, until
from failures import namespace, trussmodel
from visitor import PORT, TIMED_OUT, answers, start_visitor, visitor_address

CHART = Path(__file__).parents[2] / "charts" / "trussmodel-operator"
RELEASE = "trussmodel-operator"
OPERATOR = Kubectl("trussmodel-system")
DEPLOYMENT = f"deployment/{RELEASE}"

Answers = dict[str, dict[str, str]]
"""Of whom (an asker), from what (a target)."""

ALLOWED = {
    "gateway": ["service", "model"],
    "prometheus": ["admin port", "operator"],
    "operator": ["admin port", "API server"],
    "model": ["service", "model", "stranger", "API server"],
}
REFUSED = {
    "gateway": ["admin port", "operator"],
    "prometheus": ["service", "model"],
    "stranger": ["service", "model", "admin port", "operator"],
    "operator": ["model", "stranger"],
    "model": ["admin port", "operator"],
}


def policies(models: str, gateway: str, prometheus: str) -> list[Json]:
    """What the chart makes of its values, for those namespaces."""

    def all_of(name: str) -> list[Json]:
        return [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}]

    monitoring = all_of(prometheus)
    clients = [*all_of(gateway), *all_of(models)]
    values: Json = {"enabled": True, "metricsFrom": monitoring}
    values["models"] = {"namespaces": [models], "from": clients, "metricsFrom": monitoring}
    command: list[str | Path] = [
        "helm",
        "template",
        RELEASE,
        CHART,
        "--namespace",
        OPERATOR.namespace,
        "--values",
        "-",
    ]
    command += ["--show-only", "templates/networkpolicy.yaml"]
    manifest = json.dumps({"networkPolicy": values})
    done = subprocess.run(command, input=manifest, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def address(kubectl: Kubectl, selector: str) -> str:
    (pod,) = [pod for pod in kubectl.list("pods", selector) if "deletionTimestamp" not in pod["metadata"]]
    return str(pod["status"]["podIP"])


class Place:
    """A model that is asked, one beside it that asks, and who else asks, each in a namespace of his own."""

    def __init__(self, models: Kubectl, gateway: Kubectl, prometheus: Kubectl, stranger: Kubectl) -> None:
        self.models = models
        models.apply(trussmodel("asked"))
        models.apply(trussmodel("model"))
        visitors = {"gateway": gateway, "prometheus": prometheus, "stranger": stranger}
        for name, kubectl in visitors.items():
            start_visitor(kubectl, name)
        addresses = {name: visitor_address(kubectl, name) for name, kubectl in visitors.items()}
        self._stranger = addresses["stranger"]
        for name in ("asked", "model"):
            models.wait(name, "Ready")
        self._askers = {name: (kubectl, name) for name, kubectl in visitors.items()}
        self._askers |= {"model": (models, "deployment/model"), "operator": (OPERATOR, DEPLOYMENT)}

    def targets(self) -> dict[str, str]:
        """URLs that answer 200 to whoever gets there."""
        model = address(self.models, "trussmodel.dev/name=asked")
        operator = address(OPERATOR, f"app.kubernetes.io/name={RELEASE},app.kubernetes.io/component=operator")
        return {
            "service": f"http://asked.{self.models.namespace}.svc/v1/models",
            "model": f"http://{model}:8080/v1/models",
            "admin port": f"http://{model}:8081/metrics",
            "operator": f"http://{operator}:8080/metrics",
            "stranger": f"http://{self._stranger}:{PORT}/",
            "API server": "https://kubernetes.default.svc/readyz",
        }

    def ask(self, pairs: dict[str, list[str]]) -> Answers:
        targets = self.targets()

        def told(name: str) -> dict[str, str]:
            return answers(*self._askers[name], {target: targets[target] for target in pairs[name]})

        with ThreadPoolExecutor(len(pairs)) as pool:
            return dict(zip(pairs, pool.map(told, pairs), strict=True))


def everybody_is_answered(told: Answers) -> bool:
    return {answer for each in told.values() for answer in each.values()} == {"200"}


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Place, Answers, Answers]]:
    """The place under policies, and what was answered before there were any, and with them.

    The operator is closed in, and started anew: tests that want this are alone.
    """
    with (
        namespace("models") as models,
        namespace("gateway") as gateway,
        namespace("prometheus") as prometheus,
        namespace("stranger") as stranger,
    ):
        place = Place(models, gateway, prometheus, stranger)
        pairs = {name: [*ALLOWED.get(name, ()), *targets] for name, targets in REFUSED.items()}
        # kube-proxy leads a Service to its pods some moments after they are ready.
        before = until(lambda: place.ask(pairs), everybody_is_answered, 30)
        made = policies(models.namespace, gateway.namespace, prometheus.namespace)
        try:
            for policy in made:
                Kubectl(policy["metadata"]["namespace"]).apply(policy)
            # Two policies, each of which takes hold some moments after it was made.
            signs = {"stranger": ["admin port", "operator"]}
            refused = dict.fromkeys(signs["stranger"], TIMED_OUT)
            until(lambda: place.ask(signs)["stranger"], lambda answer: answer == refused, 30)
            # Connections that are open stay open: it has to make new ones.
            OPERATOR("rollout", "restart", DEPLOYMENT)
            OPERATOR("rollout", "status", DEPLOYMENT, "--timeout=60s")
            yield place, before, place.ask(pairs)
        finally:
            OPERATOR("delete", "networkpolicy", RELEASE, "--ignore-not-found")


def named(pairs: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(asker, target) for asker, targets in pairs.items() for target in targets]


@pytest.mark.alone
@pytest.mark.parametrize(("asker", "target"), named(ALLOWED))
def test_who_may_reaches_it(asked: tuple[Place, Answers, Answers], asker: str, target: str) -> None:
    _, _, after = asked
    assert after[asker][target] == "200"


@pytest.mark.alone
@pytest.mark.parametrize(("asker", "target"), named(REFUSED))
def test_who_may_not_reached_it_before_and_does_no_more(
    asked: tuple[Place, Answers, Answers], asker: str, target: str
) -> None:
    _, before, after = asked
    assert (before[asker][target], after[asker][target]) == ("200", TIMED_OUT)


@pytest.mark.alone
def test_an_operator_that_was_started_closed_in_reads_the_routes_of_a_model(
    asked: tuple[Place, Answers, Answers],
) -> None:
    place, _, _ = asked
    place.models.apply(trussmodel("made-later"))
    place.models.wait("made-later", "Ready")
    assert place.models.get("trussmodel", "made-later")["status"]["routes"]
