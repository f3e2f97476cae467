"""Draws docs/images/dashboard-*.png: the command behind `make dashboards`."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from controlplane import control_plane, install_crd
from grants import grant, grant_lease

from .browser import browser
from .grafana import grafana
from .operators import operators
from .prometheus import Prometheus, prometheus
from .release import NAMESPACE, Release, release
from .scene import nodes, play
from .stage import Stage

FOLDER = Path(__file__).parents[3] / "docs" / "images"
FIRST_SECONDS = 90
"""Of the scene, which are not shown: rates need samples."""


async def perform(folder: Path, shown: Release, watching: Prometheus, seconds: float) -> None:
    """Lets it all happen."""
    with control_plane(folder) as plane:
        install_crd(plane)
        grant(plane)
        with plane.client() as client:
            client.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}}).raise_for_status()
        grant_lease(plane, NAMESPACE)
        with operators(plane, folder) as running:
            async with nodes(plane, folder) as made:
                stage = Stage(plane, made, running, watching, shown)
                following = asyncio.create_task(stage.follow())
                await play(stage, seconds)
                following.cancel()


def watched(data: Path, shown: Release, watching: Prometheus, minutes: float) -> tuple[float, float]:
    """When the scene began and ended; it is played unless Prometheus has seen it already."""
    span = data / "span.json"
    if not span.exists():
        print(f"{minutes:g} minutes of operators and models at work", flush=True)
        began = time.time()
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(perform(Path(folder), shown, watching, minutes * 60))
        span.write_text(json.dumps([began + FIRST_SECONDS, time.time()]))
    since, until = json.loads(span.read_text())
    return since, until


def draw(home: Path, shown: Release, url: str, since: float, until: float) -> list[str]:
    """Takes a picture of each dashboard; returns what is wrong with them."""
    wrong = []
    with (
        tempfile.TemporaryDirectory() as folder,
        grafana(home, Path(folder, "grafana"), shown.dashboards, url) as base,
        browser(Path(folder, "chromium")) as page,
    ):
        for name, text in shown.dashboards.items():
            dashboard = json.loads(text)
            path = FOLDER / f"dashboard-{name.removeprefix('trussmodel-').removesuffix('.json')}.png"
            span = f"from={since * 1000:.0f}&to={until * 1000:.0f}&timezone=utc"
            bad = page.picture(f"{base}/d/{dashboard['uid']}?{span}&kiosk", len(dashboard["panels"]), path)
            wrong += [f"{path.name}: {title}" for title in bad]
            squeeze = ["pngquant", "--force", "--ext=.png", "--strip", "--quality=60-95", str(path)]
            subprocess.run(squeeze, check=True)
            print(f"drew {path.name} ({path.stat().st_size / 1000:.0f} KB)", flush=True)
    return wrong


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="how long the scene takes")
    parser.add_argument("--data", type=Path, help="where Prometheus keeps it, to draw it again from there")
    options = parser.parse_args()
    shown, home = release(), os.environ.get("GRAFANA_HOME")
    with tempfile.TemporaryDirectory() as made:
        data = options.data or Path(made)
        with prometheus(data.absolute(), shown.interval) as watching:
            since, until = watched(data, shown, watching, options.minutes)
            if home is None:
                print(
                    "GRAFANA_HOME names no Grafana (grafana.com/grafana/download), so there are no pictures."
                )
                return 1
            wrong = draw(Path(home).absolute(), shown, watching.url, since, until)
    for each in wrong:
        print(f"no data, or an error: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
