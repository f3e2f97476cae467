"""Text as someone would write it who wants to break what shows it."""

import re

from hypothesis import strategies as st

SAMPLES = (
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m",
    "a\r\nReady: True",
    "\u202egnp.exe\u2066",
    "\u061c\u200e\u200f\ufeff\u200b",
    "\ud800",
    "\udfff\ud800",
    "\x00",
    "\U000e0041\U000e007f",
    "\u2028---\u2029",
    "---\nkind: Secret",
    "{{ .Values }} ${HOME} $(id) `id`",
    "%s%n{0}",
    "x" * 100_000,
    "\U0001f600" * 20_000,
    "secret " * 5_000,
)
TEXT = st.text(st.characters(codec=None), max_size=40) | st.sampled_from(SAMPLES)
VALUE = st.recursive(
    TEXT | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
"""Any JSON, with such text in it."""

_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def harm_in(text: str, *, but: str = "") -> list[str]:
    """The characters of a text that a terminal or a reader is not to get; `but` names those that may be."""
    return [found for found in _HARMFUL.findall(text) if found not in but]
