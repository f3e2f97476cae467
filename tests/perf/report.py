"""The figures as a table, and the generated part of docs/performance.md."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .cases import END_SECONDS, FAILURES, IDLE_BYTES, READY_SECONDS
from .measure import Comparison, Footprint

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BEGIN = "<!-- begin: written by `make bench WRITE=1` -->"
END = "<!-- end -->"
UNITS = {"cpu": "µs of CPU", "p99": "ms", "first byte": "ms"}


def row(comparison: Comparison) -> list[str]:
    """One line of the table of ratios."""
    case, ratios = comparison.case, comparison.ratios
    unit = UNITS[case.figure]
    ratio = median(ratios)
    return [
        case.name,
        f"≤ {case.target:g}",
        f"{ratio:.2f}",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        f"{_number(median(comparison.starlette))} {unit}",
        f"{_number(median(comparison.runtime))} {unit}",
        verdict(met=ratio <= case.target),
    ]


def section(
    comparisons: Sequence[Comparison], footprint: Footprint | None, *, machine: str, date: str, rounds: int
) -> str:
    """The whole of what was measured, in Markdown."""
    what = f"Medians of {rounds} rounds, with the lowest and highest ratio of one."
    parts = [f"Measured on {date}, on {machine}. {what}"]
    if comparisons:
        head = ["case", "to reach", "ratio", "rounds", "bare Starlette", "runtime", ""]
        parts.append(table(head, [row(comparison) for comparison in comparisons]))
    if footprint is not None:
        rows = [
            [
                "start of the process to ready",
                f"≤ {READY_SECONDS:.2f} s",
                f"{footprint.ready_seconds:.2f} s, {footprint.ready_cpu_seconds:.2f} s of CPU",
                verdict(met=footprint.ready_seconds <= READY_SECONDS),
            ],
            [
                "memory of an idle server (PSS)",
                f"≤ {IDLE_BYTES / 1e6:.0f} MB",
                f"{footprint.idle_bytes / 1e6:.1f} MB",
                verdict(met=footprint.idle_bytes <= IDLE_BYTES),
            ],
            *(
                [
                    f"{FAILURES[phase]}, to the end of the process",
                    f"≤ {END_SECONDS:g} s",
                    f"{seconds:.2f} s",
                    verdict(met=seconds <= END_SECONDS),
                ]
                for phase, seconds in footprint.end_seconds.items()
            ),
        ]
        parts.append(table(["start and size", "to reach", "measured", ""], rows))
    return "\n\n".join(parts)


def publish(text: str, begin: str = BEGIN, *, write: bool) -> None:
    """Shows what was measured, and puts it into the page if that is asked for."""
    print(f"\n{text}")
    if write:
        PAGE.write_text(place(PAGE.read_text(), text, begin))
        print(f"\nwrote docs/{PAGE.name}")


def place(page: str, text: str, begin: str = BEGIN) -> str:
    """Returns the page with the text as the generated part that begins with that mark.

    Raises:
        ValueError: the page has no such part.
    """
    before, mark, rest = page.partition(begin)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the page has no part between `{begin}` and `{END}`")
    return f"{before}{begin}\n{text}\n{END}{after}"


def machine() -> str:
    """What the figures depend on: processor, system, versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("uvicorn", "starlette", "orjson"))
    return f"one core of an {processor()}, {packages}"


def processor() -> str:
    """The processor, the system, and Python."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{cpu}, Linux {platform.release()}, Python {platform.python_version()}"


def verdict(*, met: bool) -> str:
    """How a figure compares with what was to be reached."""
    return "reached" if met else "**missed**"


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
