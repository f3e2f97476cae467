"""The kinds of a model's routes as one text for a column: as many whole ones as fit, and how many more."""

import re
from collections.abc import Sequence

WIDTH = 120
"""Characters of the kinds. All that the runtime serves fit, and whatever a pod may make up stays readable."""

_MORE = re.compile(r" and \d+ more$|^\d+ routes$")


def summary_of(kinds: Sequence[str]) -> str:
    """The kinds separated by commas; past `WIDTH` the first ones and `` and N more``."""
    whole = ",".join(kinds)
    if len(whole) <= WIDTH:
        return whole
    shown = list(kinds)
    while shown and len(",".join(shown)) > WIDTH:
        shown.pop()
    return f"{','.join(shown)} and {len(kinds) - len(shown)} more" if shown else f"{len(kinds)} routes"


def kinds_in(summary: str) -> tuple[list[str], bool]:
    """The kinds that such a text names, and whether those are all."""
    named = _MORE.sub("", summary)
    return [kind for kind in named.split(",") if kind], named == summary
