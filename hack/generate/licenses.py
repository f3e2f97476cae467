"""The tables of docs/operations/supply-chain.md: the Python distributions in the images, and their licenses.

Versions are those that are pinned; what the same distributions declare in the environment that tests them.
"""

import importlib.metadata
import re
from pathlib import Path

from hack.generate.markdown import between, table
from hack.sbom.licenses import of_distribution
from packaging.requirements import Requirement

_REQUIREMENTS = Path(__file__).parents[2] / "requirements"
_IMAGE = {"sys_platform": "linux", "platform_system": "Linux", "python_version": "3.11", "extra": ""}
"""The system of the images, as markers ask for it."""


def license_tables(page: str) -> str:
    """The page with both tables made anew."""
    for part in ("operator", "runtime"):
        rows = (
            (name, version, of_distribution(importlib.metadata.metadata(name)))
            for name, version in _held(part)
        )
        page = between(page, f"{part} licenses", table(("distribution", "version", "license"), rows))
    return page


def _held(part: str) -> list[tuple[str, str]]:
    pins = re.findall(r"^([a-z0-9].*?)(?: \\)?$", (_REQUIREMENTS / f"{part}.txt").read_text(), re.MULTILINE)
    found = [Requirement(pin) for pin in pins]
    held = [pin for pin in found if pin.marker is None or pin.marker.evaluate(_IMAGE)]
    return [(pin.name, str(pin.specifier).removeprefix("==")) for pin in held]
