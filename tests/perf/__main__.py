"""The command behind ``make bench``: measures, prints a table, and with --write puts it into the docs."""

import argparse
import os
import shutil
import sys
from datetime import UTC, datetime

from .cases import CASES
from .measure import Comparison, compare, footprint
from .report import PAGE, machine, publish, row, section


def main() -> int:
    """Runs what the arguments ask for; returns the exit code, which says nothing of how fast it was."""
    parser = argparse.ArgumentParser(prog="hack/bench.sh", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each case (default: 5)")
    parser.add_argument("--seconds", type=int, default=1, help="length of a round (default: 1)")
    parser.add_argument("--only", default="", help="the cases whose names hold this, and nothing else")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    arguments = parser.parse_args()
    missing = [tool for tool in ("wrk", "taskset") if shutil.which(tool) is None]
    if missing:
        print(
            f"error: missing: {' and '.join(missing)}. Run hack/bench.sh, which installs them.",
            file=sys.stderr,
        )
        return 1
    if arguments.write and arguments.only:
        parser.error("--write goes with all cases: leave --only out")
    cases = [case for case in CASES if arguments.only in case.name]
    if not cases:
        parser.error(f"no case holds `{arguments.only}`; there are: {'; '.join(case.name for case in CASES)}")
    others = os.getloadavg()[0]
    print(f"{len(cases)} cases; the machine's load before: {others:.1f} processes")
    comparisons = compare(cases, rounds=arguments.rounds, seconds=arguments.seconds, tell=_tell)
    text = section(
        comparisons,
        None if arguments.only else footprint(),
        machine=machine(),
        date=datetime.now(UTC).date().isoformat(),
        rounds=arguments.rounds,
    )
    publish(text, write=arguments.write)
    return 0


def _tell(comparison: Comparison) -> None:
    name, target, ratio, spread, theirs, ours, verdict = row(comparison)
    print(f"{name:<56} {ratio:>5} ({spread}; {target})  {theirs} -> {ours}  {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
