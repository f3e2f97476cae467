"""An answer as the text that a person reads: whole, or piece by piece out of a stream. Pure.

docs/reference/http-surface.md has the grammar of streams and the shapes of errors.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.text import one_line
from kubectl_trussmodel.trussmodel import items, mapping

_HINTS = {
    401: "Give a key with --api-key; without it the one of the Secret in spec.auth is used.",
    404: "`kubectl trussmodel routes` lists what there is.",
    429: "Try again in a moment.",
    500: "`kubectl trussmodel logs` shows what the model said.",
    503: "`kubectl trussmodel wait` returns when it serves.",
}


def whole(body: bytes) -> str:
    """An answer that came in one piece: its text if it is a chat's or a completion's, else JSON, indented."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body.decode(errors="replace")
    text = _text(document)
    if text is not None:
        return text
    return document if isinstance(document, str) else json.dumps(document, indent=2, ensure_ascii=False)


def events(lines: Iterable[str]) -> Iterator[str]:
    """The data of each event of a ``text/event-stream``, by the HTML standard."""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


def pieces(lines: Iterable[str], *, closed: bool) -> Iterator[str]:
    """The text of a stream as it comes.

    Args:
        lines: Those of the answer, without their ends.
        closed: Whether ``[DONE]`` must close it, as on OpenAI's routes.

    Raises:
        Problem: The model failed in the middle, or the stream broke off.
    """
    for data in events(lines):
        if data == "[DONE]":
            return
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            yield data
            continue
        if isinstance(document, dict) and "error" in document:
            raise Problem(f"The answer broke off: {_said(document)}", NOT_SO)
        text = _text(document)
        if text is not None:
            yield text
        elif isinstance(document, str):
            yield document
        elif "choices" not in mapping(document):
            yield json.dumps(document, ensure_ascii=False) + "\n"
    if closed:
        raise Problem("The answer broke off: the stream ended without [DONE].", NOT_SO)


def error(status: int, body: bytes, retry_after: str = "") -> Problem:
    """An answer that is no success, as a sentence with what to do."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = body.decode(errors="replace")
    code = mapping(mapping(document).get("error")).get("code")
    hint = f"Try again in {one_line(retry_after, 20)} s." if retry_after else _HINTS.get(status, "")
    head = f"HTTP {status}" + (f" ({one_line(code, 60)})" if code else "")
    return Problem(f"{head}: {_said(document)} {hint}".strip(), NOT_SO)


def _said(document: object) -> str:
    told = document.get("error", document) if isinstance(document, Mapping) else document
    if isinstance(told, Mapping):
        told = told.get("message") or json.dumps(told, ensure_ascii=False)
    return one_line(told, 1000) or "no word of explanation."


def _text(document: object) -> str | None:
    """The text of the first choice of an OpenAI answer or chunk, or None when it is none or has none."""
    for choice in items(mapping(document).get("choices")):
        message = mapping(choice.get("delta")) or mapping(choice.get("message"))
        for text in (message.get("content"), choice.get("text")):
            if isinstance(text, str):
                return text
        return None
    return None
