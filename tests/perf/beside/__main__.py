"""The command behind ``make bench-beside``: this operator and a Go controller of the field, side by side."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.perf.ending import run
from tests.perf.report import PAGE, publish

from .contender import Contender
from .kserve import kserve, version
from .measure import Outcome, measured
from .report import section
from .trussmodel import TRUSSMODEL

BEGIN = "<!-- begin: written by `make bench-beside WRITE=1` -->"


def contenders() -> list[Contender]:
    """In the order of the table."""
    return [
        TRUSSMODEL,
        kserve("KServe, made to do as much", bare=True),
        kserve("KServe, as it comes", bare=False),
    ]


def bench(folder: Path, count: int, only: str) -> dict[str, Outcome]:
    """Measures one after the other."""
    outcomes: dict[str, Outcome] = {}
    for turn, contender in enumerate(contenders()):
        if only.lower() not in contender.name.lower():
            continue
        print(f"{contender.name}: {count} at once ...", flush=True)
        own = folder / str(turn)
        own.mkdir(parents=True)
        found = run(measured(contender, own, count))
        print(f"{contender.name}: {found.seconds:.1f} s, {found.cpu_seconds:.1f} s of CPU", flush=True)
        outcomes[contender.name] = found
    return outcomes


def main() -> int:
    """Runs what the arguments ask for; returns the exit code, which says nothing of how fast it was."""
    parser = argparse.ArgumentParser(prog="hack/bench-beside.sh", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many objects come at once (default: 300)")
    parser.add_argument("--only", default="", help="only the contenders with this in their name")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    parser.add_argument("--keep", type=Path, help="folder for the logs, which stays")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (arguments.keep or Path(name)).resolve()
        outcomes = bench(folder, arguments.count, arguments.only)
    if not outcomes:
        print(f"error: no contender has {arguments.only!r} in its name", file=sys.stderr)
        return 2
    date = datetime.now(UTC).date().isoformat()
    text = section(outcomes, versions=f"KServe {version()}", date=date)
    publish(text, BEGIN, write=arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
