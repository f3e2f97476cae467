"""The kinds of route that a TrussModel may serve, and what they are called on a command line. Pure."""

import difflib

KINDS = (
    "predict",
    "chat_completions",
    "completions",
    "embeddings",
    "responses",
    "messages",
    "websocket",
)
"""All that a runtime knows, as in ``status.routes``."""
WORDS = {"chat": "chat_completions"}
"""Shorter words for some of them."""


def kind_named(word: str) -> str | None:
    """The kind that a word of the command line means, if it means one."""
    kind = WORDS.get(word, word)
    return kind if kind in KINDS else None


def nearest(word: str) -> str | None:
    """The kind that a word was perhaps meant to be."""
    near = difflib.get_close_matches(word.lower().replace("-", "_"), (*KINDS, *WORDS), n=1)
    return WORDS.get(near[0], near[0]) if near else None
