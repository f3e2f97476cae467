"""The pages of docs/failures: each reason's facts, from the vocabulary, above prose written by hand."""

from collections.abc import Callable

from hack.generate.markdown import between, table

from truss_operator.status.reasons import FAILURES, FailureReason, Stall

FOLDER = "docs/failures"
PHASES = ("image", "schedule", "config", "import", "init", "load", "routes", "run", "rollout")
_WHEN = {
    Stall.AT_ONCE: "At once: waiting does not help.",
    Stall.UNLESS_SERVED: "At once, unless the revision has served before.",
    Stall.AT_DEADLINE: "At the progress deadline: it may pass by itself.",
    Stall.NEVER: "Never: it is tried again.",
}


def ordered() -> list[FailureReason]:
    """The failures by phase, in the order in which a pod goes through them."""
    return sorted(FAILURES.values(), key=lambda reason: PHASES.index(reason.phase))


def failure_index(page: str) -> str:
    """The index of the pages, with its table made anew."""
    rows = [
        (reason.phase, f"[{reason.name}]({reason.name}.md)", f"{reason.meaning}.", reason.stall.value)
        for reason in ordered()
    ]
    return between(page, "failures", table(("Phase", "Reason", "Meaning", "Stalled"), rows))


def failure_pages() -> dict[str, Callable[[str], str]]:
    """Each reason's page with what makes its text out of the text that it has."""
    return {f"{FOLDER}/{reason.name}.md": _page(reason) for reason in FAILURES.values()}


def _page(reason: FailureReason) -> Callable[[str], str]:
    facts = table(
        (f"`{reason.name}`", f"phase `{reason.phase}`"),
        [
            ("Meaning", f"{reason.meaning}."),
            ("What to do", reason.next_step),
            ("Stalled", _WHEN[reason.stall]),
        ],
    )
    blank = f"# {reason.name}\n\n<!-- generated: facts -->\n<!-- end: facts -->\n"
    return lambda page: between(page or blank, "facts", facts)
