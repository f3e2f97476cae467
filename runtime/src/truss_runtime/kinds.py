"""The kinds of route: which method of the Model is served where, and in which grammar.

A new OpenAI-style method is one more row here. docs/reference/http-surface.md is the same table for readers.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One method name that the runtime knows, and the route that it is served on. All of them are POST."""

    name: str
    """The method's name on the Model, and the route's ``kind``."""
    path: str
    openai: bool
    """Whether errors and streams follow OpenAI's API; else errors are plain and text streams unframed."""


PREDICT = Kind("predict", "/predict", openai=False)

KINDS = (
    PREDICT,
    Kind("chat_completions", "/v1/chat/completions", openai=True),
    Kind("completions", "/v1/completions", openai=True),
)
