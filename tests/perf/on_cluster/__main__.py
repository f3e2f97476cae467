"""The command behind ``make bench-cluster``: measures, prints tables, with --write into the docs."""

import argparse
import math
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from tests.perf.report import processor, publish

from cluster import Kubectl
from failures import trussmodel

from . import facts, memory, readiness, report, updates
from .watch import Watch

BEGIN = "<!-- begin: written by `make bench-cluster WRITE=1` -->"
PARTS = ("facts", "readiness", "updates", "memory")
WATCHED = ("trussmodels", "deployments", "services", "controllerrevisions", "pods", "events")


def main() -> int:
    """Runs what the arguments ask for; returns the exit code, which says nothing of how fast it was."""
    parser = argparse.ArgumentParser(prog="hack/bench-cluster.sh", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each figure (default: 3)")
    parser.add_argument("--only", choices=PARTS, help="this part, and nothing else")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    arguments = parser.parse_args()
    if arguments.write and arguments.only:
        parser.error("--write goes with all parts: leave --only out")
    with _namespace() as kubectl, Watch(kubectl, *WATCHED) as watch:
        _warm(kubectl, watch)
        tables = [
            _measure(part, kubectl, watch, arguments.rounds)
            for part in PARTS
            if arguments.only in (None, part)
        ]
    head = (
        f"Measured on {datetime.now(UTC).date().isoformat()}, on a kind cluster of two nodes on one"
        f" {processor()}. Rounds: {arguments.rounds}. The machine's load: {os.getloadavg()[2]:.0f} processes"
        f" that want to run, on {os.cpu_count()} processors."
    )
    text = "\n\n".join([head, *tables])
    publish(text, BEGIN, write=arguments.write)
    return 0


def _measure(part: str, kubectl: Kubectl, watch: Watch, rounds: int) -> str:
    if part == "facts":
        seconds: dict[facts.Failure, list[float]] = {}
        for failure in facts.FAILURES:
            try:
                seconds[failure] = [
                    facts.measure(kubectl, watch, failure, number) for number in range(rounds)
                ]
            except TimeoutError as error:
                seconds[failure] = [math.inf]
                print(error)
            shown = ", ".join(f"{each:.1f}" for each in seconds[failure])
            print(f"{failure.reason} ({failure.name}): {shown} s", flush=True)
        return report.facts(seconds)
    if part == "readiness":
        pairs, built = [], readiness.pattern(kubectl)
        for number in range(rounds + 2):
            pairs.append(readiness.measure(kubectl, watch, built, number))
            print(pairs[-1], flush=True)
        return report.readiness(pairs)
    if part == "updates":
        measured = updates.measure(kubectl, rounds)
        for update in measured:
            for whose, one in (("plain Deployment", update.theirs), ("TrussModel", update.ours)):
                print(f"{whose}:\n  " + "\n  ".join(one.lines()), flush=True)
        return report.updates(measured)
    kubectl.apply(trussmodel("measured"))
    kubectl.wait("measured", "Ready")
    held = (
        memory.pss_bytes(Kubectl("trussmodel-system"), "deployment/trussmodel-operator"),
        memory.pss_bytes(kubectl, "deployment/measured"),
    )
    return report.memory(*held)


def _warm(kubectl: Kubectl, watch: Watch) -> None:
    """Returns once something of each kind that is watched has been told."""
    kubectl.apply(trussmodel("warm"))
    for kind in ("TrussModel", "Deployment", "Service", "ControllerRevision", "Pod", "Event"):
        watch.first(0, lambda news, kind=kind: news.kind == kind, kind)  # type: ignore[misc]  # bound early
    kubectl.wait("warm", "Ready")
    kubectl("delete", "trussmodel", "warm", "--wait=false")


@contextmanager
def _namespace() -> Iterator[Kubectl]:
    """One of this run's own, for pods as the restricted Pod Security Standard wants them."""
    name = f"bench-{secrets.token_hex(3)}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    kubectl = Kubectl(name)
    kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    try:
        yield kubectl
    finally:
        subprocess.run(["kubectl", "delete", "namespace", name, "--wait=false"], check=True)


if __name__ == "__main__":
    sys.exit(main())
