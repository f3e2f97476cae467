"""Tables in Markdown, and the marks between which a page written by hand holds what is generated."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, with what would break a cell escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines) + "\n"


def between(page: str, name: str, text: str) -> str:
    """The page with what stands between its marks of that name replaced.

    Raises:
        ValueError: The page lacks a mark.
    """
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
    if begin not in page or end not in page:
        title = page.partition("\n")[0]
        raise ValueError(f"the page '{title}' lacks its marks {begin.strip()} and {end}: put them back")
    return re.sub(f"(?s)(?<={re.escape(begin)}).*(?={re.escape(end)})", lambda _: text, page)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
