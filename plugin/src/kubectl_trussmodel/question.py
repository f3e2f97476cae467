"""A question as the body that a route takes. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_trussmodel.kinds import kind_named
from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.trussmodel import Json, TrussModel

TAKE_TEXT = ("chat_completions", "completions", "predict")
"""The kinds of route that take a text, the first that is served before the others."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent where."""

    kind: str
    path: str
    body: object


def kind_of(model: TrussModel, word: str | None) -> str:
    """The kind of route to ask.

    Args:
        model: With the routes that it serves.
        word: As the user said it; by default the first of chat, completions and predict that is served.

    Raises:
        Problem: It serves no such route.
    """
    kind = kind_named(word) if word else next((k for k in TAKE_TEXT if k in model.kinds), None)
    if kind in model.kinds and kind is not None:
        return kind
    served = ", ".join(model.kinds) or "no route"
    if kind is None:
        raise Problem(f"{model.name} serves {served}, none of which takes a text: ask it with curl.", NOT_SO)
    raise Problem(f"{model.name} does not serve {kind}. It serves {served}.", NOT_SO)


def question(
    model: TrussModel, kind: str, text: str, *, system: str = "", extra: Mapping[str, object], stream: bool
) -> Question:
    """The question for a route of that kind, which the model serves.

    On predict a text that is JSON is the body as it is, and any other text becomes ``{"prompt": text}``.

    Args:
        model: Whom.
        kind: One of `TAKE_TEXT`.
        text: What to ask.
        system: A system message before it, for a chat.
        extra: Further fields of the body.
        stream: Whether to ask for a stream, on OpenAI's routes.
    """
    path = next(str(route["path"]) for route in model.routes if route.get("kind") == kind)
    if kind == "predict":
        body = _given(text)
        return Question(kind, path, {**body, **extra} if isinstance(body, dict) else body)
    named: Json = {"model": model.status.get("model") or model.name, **({"stream": True} if stream else {})}
    if kind == "completions":
        return Question(kind, path, {**named, "prompt": text, **extra})
    messages = [{"role": "system", "content": system}] if system else []
    return Question(
        kind, path, {**named, "messages": [*messages, {"role": "user", "content": text}], **extra}
    )


def _given(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return {"prompt": text}
