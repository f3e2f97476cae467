"""The cluster's figures as tables: what was to be reached, what was measured, reached or missed."""

from collections.abc import Mapping, Sequence
from statistics import median

from tests.perf.report import table, verdict

from .facts import Failure
from .readiness import Pair
from .updates import Update, p95

FACT_SECONDS = 5.0
READY_RATIO = 1.2
ROUTES_SECONDS = 1.0
CHILDREN = 3
"""ConfigMap aside, which none of these have: ControllerRevision, Service, Deployment."""
STATUS_WRITES = 2
UPDATE_MS = 10.0
OPERATOR_BYTES = 150 * 2**20


def facts(measured: Mapping[Failure, Sequence[float]]) -> str:
    """From each fact to the status."""
    rows = [
        [
            failure.reason,
            failure.name,
            f"≤ {FACT_SECONDS:g} s",
            f"{median(seconds):.1f} s",
            f"{max(seconds):.1f} s",
            verdict(met=max(seconds) <= FACT_SECONDS),
        ]
        for failure, seconds in measured.items()
    ]
    return table(["from the fact to the status", "case", "to reach", "median", "most", ""], rows)


def readiness(pairs: Sequence[Pair]) -> str:
    """From apply to Ready, and the writes on the way."""
    ratios = [pair.ours / pair.theirs for pair in pairs]
    theirs, ours = median(pair.theirs for pair in pairs), median(pair.ours for pair in pairs)
    routes = median(pair.routes for pair in pairs)
    writes = max(pair.writes for pair in pairs)
    status = max(pair.status_writes for pair in pairs)
    quiet = max(pair.quiet_writes for pair in pairs)
    rows = [
        [
            "apply to Ready, next to a Deployment and a Service by hand",
            f"≤ {READY_RATIO:g} times",
            f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}): {theirs:.2f} to {ours:.2f} s",
            verdict(met=median(ratios) <= READY_RATIO),
        ],
        [
            "Deployment available to Ready with routes",
            f"≤ {ROUTES_SECONDS:g} s",
            f"{routes:.2f} s (most {max(pair.routes for pair in pairs):.2f} s)",
            verdict(met=routes <= ROUTES_SECONDS),
        ],
        [
            "writes from apply to Ready, one replica",
            f"≤ {CHILDREN + STATUS_WRITES}, {STATUS_WRITES} of them of status",
            f"{writes}, {status} of them of status",
            verdict(met=writes <= CHILDREN + STATUS_WRITES and status <= STATUS_WRITES),
        ],
        ["writes when nothing changes", "0", f"{quiet}", verdict(met=quiet == 0)],
    ]
    return table(["one TrussModel", "to reach", "measured", ""], rows)


def updates(measured: Sequence[Update]) -> str:
    """An update under load, next to a plain Deployment's."""
    rows = []
    for what in ("call", "stream"):
        pairs = [(p95(update.theirs, what), p95(update.ours, what)) for update in measured]
        theirs, ours = (median(side) for side in zip(*pairs, strict=True))
        more = median(ours - theirs for theirs, ours in pairs)
        rows.append(
            [
                f"{what}s, 95th percentile",
                f"at most {UPDATE_MS:g} ms more",
                f"{theirs:.1f} ms",
                f"{ours:.1f} ms ({more:+.1f} ms)",
                verdict(met=more <= UPDATE_MS),
            ]
        )
    lost = sum(len(update.ours.lost) for update in measured)
    by_hand = sum(len(update.theirs.lost) for update in measured)
    rows.append(["requests lost", "0", f"{by_hand}", f"{lost}", verdict(met=lost == 0)])
    head = ["during a rolling update of 2 replicas", "to reach", "plain Deployment", "TrussModel", ""]
    return table(head, rows)


def memory(operator: int, runtime: int) -> str:
    """What the processes hold."""
    rows = [
        [
            "the operator's memory (PSS)",
            f"≤ {OPERATOR_BYTES / 1e6:.0f} MB",
            f"{operator / 1e6:.1f} MB",
            verdict(met=operator <= OPERATOR_BYTES),
        ],
        ["a runtime's memory (PSS), in its pod", "", f"{runtime / 1e6:.1f} MB", ""],
    ]
    return table(["size", "to reach", "measured", ""], rows)
