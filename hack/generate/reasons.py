"""The tables of docs/reference/status.md that are made from the vocabulary, amid prose written by hand."""

import re

from hack.generate.markdown import table

from truss_operator.status.reasons import FAILURES, STATES

_PHASES = ("image", "schedule", "config", "import", "init", "load", "routes", "run", "rollout")


def reason_tables(page: str) -> str:
    """The page with its tables made anew, each between its two marks."""
    return _between(_between(page, "states", _states()), "failures", _failures())


def _states() -> str:
    return table(("Reason", "Meaning"), [(f"`{reason.name}`", f"{reason.meaning}.") for reason in STATES])


def _failures() -> str:
    ordered = sorted(FAILURES.values(), key=lambda reason: _PHASES.index(reason.phase))
    rows = [
        (reason.phase, f"`{reason.name}`", f"{reason.meaning}.", reason.next_step, f"{reason.stall.value}")
        for reason in ordered
    ]
    return table(("Phase", "Reason", "Meaning", "What to do", "Stalled"), rows)


def _between(page: str, name: str, text: str) -> str:
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
    if begin not in page or end not in page:
        raise ValueError(f"docs/reference/status.md lacks its marks {begin.strip()} and {end}: put them back")
    return re.sub(f"(?s)(?<={re.escape(begin)}).*(?={re.escape(end)})", lambda _: text, page)
