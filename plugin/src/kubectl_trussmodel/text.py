"""Text for a terminal: what others wrote loses its control characters, columns line up, times become ages.

A status, an Event and an answer hold what strangers wrote; none of it may move the cursor or change a colour.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_UNSAFE = re.compile(f"[{_CONTROL}]")
_BREAKS = re.compile(f"[{_CONTROL}\t\n]+")
WIDTH = 100


def one_line(text: object, limit: int = 4000) -> str:
    """The text on one line, without control characters, cut to so many characters."""
    line = _BREAKS.sub(" ", "" if text is None else str(text)).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"


def safe(text: str) -> str:
    """The text with its line breaks and tabs, and a mark in the place of any other control character."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def lines(text: object) -> list[str]:
    """Each line of a text, without control characters."""
    return [one_line(line) for line in str(text or "").splitlines()]


def wrapped(text: object) -> list[str]:
    """A paragraph in lines of at most 100 characters; words such as URLs stay whole."""
    return textwrap.wrap(one_line(text), WIDTH, break_long_words=False, break_on_hyphens=False)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Columns that line up, three spaces apart, as kubectl's do; a dash for None."""
    cells = [tuple(head), *(tuple("-" if cell is None else one_line(cell) for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return ["   ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]


def moment(time: object) -> datetime | None:
    """A time of the API, RFC 3339, or None where there is none."""
    try:
        found = datetime.fromisoformat(str(time))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def age(time: object, now: datetime) -> str:
    """How long ago that was, as kubectl tells ages: ``45s``, ``12m``, ``3h``, ``2d``; ``-`` where unknown."""
    since = moment(time)
    if since is None:
        return "-"
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
