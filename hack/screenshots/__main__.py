"""Draws the pictures of docs/tour.md from a cluster that is set up: `make screenshots`."""

import sys
from pathlib import Path

from hack.screenshots.scene import NAMESPACE, set_up, tear_down
from hack.screenshots.terminal import picture

from truss_operator import __version__

FOLDER = Path(__file__).parents[2] / "docs" / "images"
_HERE = ("--namespace", NAMESPACE)

PICTURES: dict[str, tuple[list[str], slice]] = {
    "get": (["kubectl", "get", "trussmodels", *_HERE], slice(None)),
    "routes": (["kubectl", "trussmodel", "routes", "echo", *_HERE], slice(None)),
    "call": (["kubectl", "trussmodel", "call", "echo", "chat", "Hello there", *_HERE], slice(None)),
    "doctor": (["kubectl", "trussmodel", "doctor", "search", *_HERE], slice(None)),
    "doctor-image": (["kubectl", "trussmodel", "doctor", "drafts", *_HERE], slice(None)),
    "history": (["kubectl", "trussmodel", "history", "echo", *_HERE], slice(None)),
    "events": (["kubectl", "events", "--for", "trussmodel/search", *_HERE], slice(None)),
}
"""By name: the command, and which lines of its output are shown."""


def main() -> int:
    """Draws all of them; returns the exit code."""
    print("setting the scene: three TrussModels, of which two will fail", flush=True)
    set_up(__version__)
    FOLDER.mkdir(exist_ok=True)
    for name, (command, lines) in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        picture(command, path, lines=lines)
        print(f"drew {path.relative_to(FOLDER.parents[1])}", flush=True)
    tear_down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
