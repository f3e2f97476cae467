"""Whether there is more to wait for. Pure.

docs/reference/status.md says what the conditions promise: Stalled is what waiting does not mend.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kubectl_trussmodel.trussmodel import TrussModel


@dataclass(frozen=True, slots=True)
class Standing:
    """How far it is."""

    over: bool
    """Whether waiting longer is no use."""
    good: bool
    """Whether it is as asked."""
    words: str
    """Why."""


def standing(model: TrussModel, kinds: Sequence[str]) -> Standing:
    """How far a TrussModel is.

    Args:
        model: As it is now.
        kinds: The kinds of route that are waited for; without any, Ready is.
    """
    if not model.seen:
        return Standing(False, False, "The operator has not looked at it yet.")
    answers = model.holds("Available") and model.wanted in ("", model.active)
    if answers and (model.holds("Ready") if not kinds else set(kinds) <= set(model.kinds)):
        served = ", ".join(model.kinds) or "no route"
        return Standing(True, True, f"{model.name} serves {served} as revision {model.active}.")
    if model.holds("Stalled"):
        return Standing(True, False, f"{model.name} needs someone to act. {model.reason()}")
    if model.holds("Ready"):
        return Standing(True, False, _lacking(model, kinds, answers=answers))
    return Standing(False, False, model.reason())


def _lacking(model: TrussModel, kinds: Sequence[str], *, answers: bool) -> str:
    if not answers:
        return f"{model.name} serves nothing. {model.reason()}"
    missing = ", ".join(kind for kind in kinds if kind not in model.kinds)
    served = ", ".join(model.kinds) or "no route"
    return (
        f"{model.name} is ready and does not serve {missing}, only {served}. Define the method in a new"
        " image, or wait for another route."
    )
