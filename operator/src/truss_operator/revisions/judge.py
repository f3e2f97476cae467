"""Whether the revision that the Deployment runs has failed: docs/reference/status.md defines it.

One that never was good has failed when a container ended for a cause that the next start cannot change, or
thrice for another, or when the deadline has passed.
"""

from truss_operator.api.v1alpha1 import LastFailure
from truss_operator.status.classify import findings_of, overdue
from truss_operator.status.finding import Finding, choose
from truss_operator.status.pods import Pod
from truss_operator.status.rollout import Rollout

ONCE = frozenset({"import", "init", "routes"})
"""Phases in which a container's end is final: the same image ends so again."""
THRICE = frozenset({"image", "load", "run"})
"""Phases in which another start may go better."""
TRIES = 3


def failure_of(
    revision: str, rollout: Rollout, pods: tuple[Pod, ...], before: LastFailure | None, now: str
) -> LastFailure | None:
    """Why a revision that never was good has failed; None while it may still become it.

    Args:
        revision: The one that the Deployment runs.
        rollout: How that stands.
        pods: Living pods, of any revision.
        before: What was reported last.
        now: In RFC 3339.
    """
    mine = [pod for pod in pods if pod.revision == revision]
    findings = findings_of(mine, served=False)
    if _hopeless(findings, mine):
        return choose(findings, before, revision, now)
    if not rollout.deadline_passed:
        return None
    if before is not None and before.revision == revision:
        return before
    return choose(findings or [overdue(mine)], None, revision, now)


def _hopeless(findings: list[Finding], pods: list[Pod]) -> bool:
    ends = {
        (pod.name, container.name): container.ends
        for pod in pods
        for container in pod.containers
        if container.termination is not None
    }
    tries = 0
    for finding in findings:
        ended = ends.get((finding.pod or "", finding.container or ""), 0)
        if ended and finding.reason.phase in ONCE:
            return True
        if finding.reason.phase in THRICE:
            tries += ended
    return tries >= TRIES
