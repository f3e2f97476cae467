"""The tables of docs/reference/status.md that are made from the vocabulary, amid prose written by hand."""

from hack.generate.failures import ordered
from hack.generate.markdown import between, table

from truss_operator.status.reasons import STATES


def reason_tables(page: str) -> str:
    """The page with its tables made anew, each between its two marks."""
    return between(between(page, "states", _states()), "failures", _failures())


def _states() -> str:
    return table(("Reason", "Meaning"), [(f"`{reason.name}`", f"{reason.meaning}.") for reason in STATES])


def _failures() -> str:
    rows = [
        (
            reason.phase,
            f"[`{reason.name}`](../failures/{reason.name}.md)",
            f"{reason.meaning}.",
            reason.next_step,
            f"{reason.stall.value}",
        )
        for reason in ordered()
    ]
    return table(("Phase", "Reason", "Meaning", "What to do", "Stalled"), rows)
