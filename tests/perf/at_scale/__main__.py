"""The command behind ``make bench-operator``: a real API server, many TrussModels, played pods; a table."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.perf.ending import run
from tests.perf.report import PAGE, processor, publish, table, verdict

from controlplane import ADMIN, OPERATOR, control_plane, install_crd
from grants import grant, grant_lease

from .cases import Bench, Figure, measured
from .crowd import crowd, make_namespaces
from .server import connected

BEGIN = "<!-- begin: written by `make bench-operator WRITE=1` -->"


async def bench(folder: Path, small: int, large: int) -> list[Figure]:
    """Raises the control plane and measures."""
    with control_plane(folder) as plane:
        install_crd(plane)
        grant(plane)
        grant_lease(plane, "default")
        admin = plane.kubeconfig(ADMIN)
        async with connected(admin) as server:
            await make_namespaces(server)
            async with crowd(server) as followed:
                where = Bench(folder, plane.kubeconfig(OPERATOR), admin, followed, _tell, small, large)
                return await measured(where)


def section(figures: list[Figure], date: str) -> str:
    """What was measured, in Markdown."""
    rows = [
        [figure.what, figure.target, figure.measured, "" if figure.met is None else verdict(met=figure.met)]
        for figure in figures
    ]
    head = f"Measured on {date}, on {processor()}."
    return f"{head}\n\n{table(['what', 'to reach', 'measured', ''], rows)}"


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Runs what the arguments ask for; returns the exit code, which says nothing of how fast it was."""
    parser = argparse.ArgumentParser(prog="hack/bench-operator.sh", description=__doc__)
    parser.add_argument("--large", type=int, default=10_000, help="the large crowd (default: 10000)")
    parser.add_argument("--small", type=int, default=1000, help="how many come at once (default: 1000)")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    parser.add_argument("--keep", type=Path, help="folder for the logs, which stays")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        figures = run(bench(folder, arguments.small, arguments.large))
    text = section(figures, datetime.now(UTC).date().isoformat())
    publish(text, BEGIN, write=arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
