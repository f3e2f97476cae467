"""The pictures of the pages: what a page shows is there, and what is there is shown."""

import re
from pathlib import Path

import pytest

from pages import DOCS, ROOT, name_of, pages

DASHBOARDS = sorted((ROOT / "charts" / "trussmodel-operator" / "files" / "dashboards").glob("*.json"))
MOST_BYTES = 200_000
"""More makes a page slow to open."""
OF_NO_PAGE = {"icon.svg"}
"""The chart's own."""


def pictures(page: Path) -> dict[Path, str]:
    """What a page shows, with the words that stand for it."""
    found = re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", page.read_text())
    return {(page.parent / target).resolve(): words for words, target in found}


SHOWN = {picture: words for page in pages() for picture, words in pictures(page).items()}


@pytest.mark.parametrize("page", [page for page in pages() if pictures(page)], ids=name_of)
def test_every_picture_that_a_page_shows_is_there(page: Path) -> None:
    assert [picture for picture in pictures(page) if not picture.is_file()] == []


def test_every_picture_is_shown_by_a_page() -> None:
    there = {file for file in (DOCS / "images").iterdir() if file.name not in OF_NO_PAGE}
    assert there - SHOWN.keys() == set()


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda file: file.stem)
def test_every_dashboard_has_a_picture_that_a_page_shows(dashboard: Path) -> None:
    assert DOCS / "images" / f"dashboard-{dashboard.stem}.png" in SHOWN


def test_every_picture_says_in_words_what_it_shows() -> None:
    assert [picture for picture, words in SHOWN.items() if len(words.split()) < 3] == []


def test_no_picture_is_too_large_for_a_page() -> None:
    assert [file for file in (DOCS / "images").iterdir() if file.stat().st_size > MOST_BYTES] == []
