"""The contenders side by side, in Markdown."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tests.perf.report import processor, table

from .calls import READING, Call, made
from .measure import Outcome

MEBIBYTE = 2**20
KIBIBYTE = 2**10
SELDOM = 1 / 20
"""What comes less often than that for an object is not of the object."""


def section(outcomes: Mapping[str, Outcome], *, versions: str, date: str) -> str:
    """What was measured; `outcomes` by the names of the contenders, `versions` says what was compared."""
    count = next(iter(outcomes.values())).count
    columns = [_column(outcome) for outcome in outcomes.values()]
    rows = [[what, *(column[what] for column in columns)] for what in columns[0]]
    head = f"Measured on {date}, on one core of an {processor()}: {versions}; {count:,} objects at once."
    return f"{head}\n\n{table(['for each object', *outcomes], rows)}"


def _column(outcome: Outcome) -> dict[str, str]:
    count, calls = outcome.count, outcome.calls
    before, most = outcome.memory_before / MEBIBYTE, outcome.memory / MEBIBYTE
    return {
        "objects that it makes": _objects(outcome),
        "calls": f"{len(calls) / count:.1f}",
        "reads": _often((c for c in calls if c.verb in READING), count),
        "rehearsals (dry runs)": _often((c for c in calls if c.rehearsed), count),
        "writes": _often((c for c in calls if c.writing), count),
        "watch traffic to it": _watched(outcome),
        "other answers to it": f"{outcome.bytes.answered / count / KIBIBYTE:.1f} KiB",
        "its requests": f"{outcome.bytes.asked / count / KIBIBYTE:.1f} KiB",
        "its CPU": f"{outcome.cpu_seconds / count * 1000:.1f} ms",
        f"all {count:,}: seen ready after": f"{outcome.seconds:.1f} s",
        "memory before and at most": f"{before:.0f}, {most:.0f} MiB",
        "calls in the 10 s after it was quiet": str(outcome.later),
    }


def _often(calls: Iterable[Call], count: int) -> str:
    """How many for each object, and what the frequent ones are."""
    kinds = Counter(f"{call.verb} {call.resource}" for call in calls)
    each = [f"{kind} {n / count:.1f}" for kind, n in kinds.most_common() if n / count >= SELDOM]
    total = f"{kinds.total() / count:.1f}"
    return f"{total}: {', '.join(each)}" if each else total


def _watched(outcome: Outcome) -> str:
    """In all, and of which resources."""
    sizes = {name: n / outcome.count / KIBIBYTE for name, n in outcome.bytes.watched.most_common()}
    each = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items() if size >= SELDOM)
    return f"{sum(sizes.values()):.1f} KiB: {each}"


def _objects(outcome: Outcome) -> str:
    """What each of them has got."""
    found = made(outcome.calls)
    each = (name for name, n in sorted(found.items()) if n >= outcome.count and name != "events")
    return ", ".join(each)
