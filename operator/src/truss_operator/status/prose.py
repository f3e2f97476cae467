"""Text of others made fit for a status: no control characters, no broken Unicode, not too long."""

import re

MESSAGE_BYTES = 1024
"""What a condition's message may be long: it is read in a terminal (the API's own limit is 32 KiB)."""
TRACEBACK_BYTES = 3072

CONTROL = (
    r"\x00-\x1f\x7f-\x9f"  # C0 and C1: escapes, line breaks
    r"\xad\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb"  # unseen
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # what turns text around
    r"\u2028\u2029"  # line breaks of Unicode
    r"\ufffe\uffff"  # no characters
    r"\U000e0000-\U000e007f"  # tags
)
"""What moves a cursor, turns text around, hides in it or breaks what reads it; joiners are letters' own."""
_CONTROL = re.compile(f"[{CONTROL}]+")


def one_line(text: str, limit: int = MESSAGE_BYTES) -> str:
    """The text on one line in at most ``limit`` bytes of UTF-8."""
    return cut(_CONTROL.sub(" ", text).strip(), limit)


def lines(texts: list[str], limit: int = TRACEBACK_BYTES) -> str:
    """Each text on its line, in at most ``limit`` bytes: the last ones stay, nearest to the fault."""
    kept: list[str] = []
    for text in reversed([one_line(text, limit) for text in texts]):
        size = sum(len(line.encode()) + 1 for line in [*kept, text]) - 1
        if size > limit:
            break
        kept.append(text)
    return "\n".join(reversed(kept))


def cut(text: str, limit: int) -> str:
    """The text, or as much of its beginning as fits into ``limit`` bytes of UTF-8 with an ellipsis behind."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit:
        return encoded.decode()
    return encoded[: limit - 3].decode("utf-8", "ignore") + "…"


def sentence(text: str) -> str:
    """The text with a full stop, unless it ends with some mark of its own."""
    return text if not text or text[-1] in ".!?…" else f"{text}."
