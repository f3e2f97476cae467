"""Reads and writes documents of the API server, of any depth: one object must not end the watch of all.

The API server takes objects that are nested 10,000 deep, in ``spec.config`` say; parsers end somewhere
between 250 and 10,000. What is so deep is no object to work with: the operator refuses a spec deeper than
`truss_operator.api.reading.MOST_NESTED` and needs only to see that it is.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from truss_operator.kube.errors import Unavailable

KEPT = 200
"""Levels. What is deeper is null where the whole cannot be parsed."""

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]|[^"\[\]{}]+', re.DOTALL)


def loads(text: str | bytes) -> Any:
    """The document; of one that is nested too deep for the parser, `KEPT` levels with null below them.

    Raises:
        ValueError: It is not JSON.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass  # or it is nested too deep for it, which the other parser tells apart
    try:
        return json.loads(text)
    except RecursionError:
        return json.loads("".join(_shallow(text if isinstance(text, str) else text.decode())))


def answered(answer: bytes, call: str) -> dict[str, Any]:
    """The object that an answer is.

    Args:
        answer: The body of one that went well.
        call: What was asked, for an error's message.

    Raises:
        Unavailable: It is none: something else than the API server answered.
    """
    try:
        document = loads(answer)
    except ValueError as error:
        raise Unavailable(f"{call}: the answer is not JSON: {answer[:100]!r}") from error
    if not isinstance(document, dict):
        raise Unavailable(f"{call}: the answer is not an object: {answer[:100]!r}")
    return document


def object_in(answer: bytes, call: str) -> dict[str, Any]:
    """The object of the API that an answer is: it has metadata.

    Raises:
        Unavailable: As of `answered`.
    """
    document = answered(answer, call)
    if not isinstance(document.get("metadata"), dict):
        raise Unavailable(f"{call}: the answer is no object of the API: {answer[:100]!r}")
    return document


@contextmanager
def understood(answer: bytes, call: str) -> Iterator[None]:
    """Has it told as `Unavailable` when an object lacks what it would have if the API server had made it."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"{call}: the answer is not understood: {answer[:100]!r}") from error


def dumps(document: Any, *, sort_keys: bool = False) -> bytes:
    """Its text; of one that is nested too deep for the encoder, `KEPT` levels with null below them."""
    option = orjson.OPT_SORT_KEYS if sort_keys else 0
    try:
        return orjson.dumps(document, option=option)
    except orjson.JSONEncodeError:
        return orjson.dumps(_cut(document, KEPT), option=option)


def _cut(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        return [_cut(each, levels - 1) for each in value]
    return {name: _cut(each, levels - 1) for name, each in value.items()}


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
