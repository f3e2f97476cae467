"""The reference pages say what the code does."""

import re
from pathlib import Path

from truss_runtime.cli import serve
from truss_runtime.kinds import KINDS
from truss_runtime.lifecycle import State

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs/reference"
SOURCE = ROOT / "runtime/src/truss_runtime"


def rows(page: str, columns: int) -> set[tuple[str, ...]]:
    """The first cells of every table row of a page, without their back quotes."""
    lines = (PAGES / page).read_text().splitlines()
    tables = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines if line[:1] == "|"
    ]
    return {tuple(cells[:columns]) for cells in tables if set(cells[0]) != {"-"}}


def test_every_flag_and_its_variable_are_on_the_settings_page() -> None:
    flags = {
        (option.opts[0], str(option.envvar)) for option in serve.params if option.opts[0].startswith("--")
    }

    assert flags == {row for row in rows("runtime-settings.md", 2) if row[0].startswith("--")}


def test_every_kind_of_route_is_on_both_pages() -> None:
    kinds = {(kind.name, f"POST {kind.path}") for kind in KINDS}

    assert kinds <= rows("model-contract.md", 2)
    assert {(path, name) for name, path in kinds} <= rows("http-surface.md", 2)


def test_every_error_code_is_on_the_page_of_the_http_surface() -> None:
    source = "".join(path.read_text() for path in (SOURCE / "web").glob("*.py"))

    listed = {code for status, code in rows("http-surface.md", 2) if status.isdigit() and code}
    assert set(re.findall(r'code="(\w+)"', source)) == listed


def test_every_state_is_on_the_page_of_the_http_surface() -> None:
    page = (PAGES / "http-surface.md").read_text()

    assert all(f"`{state}`" in page for state in State)
