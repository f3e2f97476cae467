"""Parses what the API server sends, however deep it is nested: one object must not end the watch of all.

The API server takes objects that are nested 10,000 deep, in ``spec.config`` say; Python's parser ends
somewhere between 900 and 10,000, by its version. What is so deep is no object to work with: the operator
refuses a spec deeper than `truss_operator.api.reading.MOST_NESTED` and needs only to see that it is.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

KEPT = 200
"""Levels. What is deeper is null where the whole cannot be parsed."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]|[^"\[\]{}]+', re.DOTALL)


def loads(text: str | bytes) -> Any:
    """The document; of one that is nested too deep for the parser, `KEPT` levels with null below them.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads("".join(_shallow(text if isinstance(text, str) else text.decode())))


def _shallow(text: str) -> Iterator[str]:
    depth = 0
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token in ("[", "{"):
            depth += 1
            if depth == KEPT + 1:
                yield "null"
        if depth <= KEPT:
            yield token
        if token in ("]", "}"):
            depth -= 1
