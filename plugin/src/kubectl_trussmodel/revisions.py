"""Which revision to go back to, and the spec that asks for it. Pure.

What shapes the pods comes from the revision that is stored; how many there are and how they roll out stays
as it is now (docs/reference/operator.md says what a revision is).
"""

from collections.abc import Mapping

from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.trussmodel import Json, TrussModel, mapping

_NOT_OF_A_REVISION = ("replicas", "rollout", "paused")


def target(model: TrussModel, to: str | None, doctor: str) -> str:
    """The revision to go back to.

    Args:
        model: With its history.
        to: The revision or the beginning of its name; by default the last good one before what spec asks for.
        doctor: The command that says more of it.

    Raises:
        Problem: There is none, there are several, or spec asks for it already.
    """
    revisions = [str(entry.get("revision", "")) for entry in model.history]
    if not model.seen:
        raise Problem(
            f"The operator has not looked at what {model.name} asks for now, so its history is of before. Is"
            f" the operator running? `{doctor}` says.",
            NOT_SO,
        )
    if to is None:
        good = [str(e.get("revision", "")) for e in model.history[1:] if e.get("outcome") == "Succeeded"]
        if not good:
            raise Problem(
                f"No revision of {model.name} before this one was good: choose one with --to"
                f" ({', '.join(revisions[1:]) or 'there is no other'}), or correct spec.",
                NOT_SO,
            )
        return good[0]
    matching = [revision for revision in revisions if revision.startswith(to)]
    if len(matching) != 1:
        what = "no revision" if not matching else "several revisions"
        raise Problem(f"{model.name} has {what} {to}. There are: {', '.join(revisions)}.", NOT_SO)
    if matching[0] == model.wanted:
        raise Problem(f"Spec asks for revision {matching[0]} already.", NOT_SO)
    return matching[0]


def restored(now: Mapping[str, object], stored: Mapping[str, object]) -> Json:
    """The spec that asks for the stored revision.

    Args:
        now: The spec as it is.
        stored: The spec that the revision was made from.
    """
    spec = {field: value for field, value in stored.items() if field not in _NOT_OF_A_REVISION}
    spec |= {field: value for field, value in now.items() if field in _NOT_OF_A_REVISION}
    # The time of a restart is of the revision: without it another would be asked for.
    restarted = mapping(stored.get("rollout")).get("restartedAt")
    rollout = {field: value for field, value in mapping(now.get("rollout")).items() if field != "restartedAt"}
    if restarted:
        rollout["restartedAt"] = restarted
    spec.pop("rollout", None)
    return {**spec, "rollout": rollout} if rollout else spec


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What a rollback changes, a line for each field of spec."""
    told = []
    for field in sorted({*before, *after}):
        old, new = before.get(field), after.get(field)
        if old == new:
            continue
        short = all(isinstance(value, str | int) for value in (old, new))
        told.append(f"spec.{field}: {old} -> {new}" if short else f"spec.{field}: changed")
    return told
