"""``call NAME TEXT``: an answer from the model, as it comes."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from kubectl_trussmodel.answer import error, pieces, whole
from kubectl_trussmodel.commands.arguments import NAME, Duration
from kubectl_trussmodel.commands.connection import connected
from kubectl_trussmodel.forward import forwarded
from kubectl_trussmodel.keys import key_of
from kubectl_trussmodel.kinds import kind_named
from kubectl_trussmodel.kubectl import Kubectl
from kubectl_trussmodel.problem import NOT_SO, Problem
from kubectl_trussmodel.progress import Progress
from kubectl_trussmodel.question import TAKE_TEXT, Question, kind_of, question
from kubectl_trussmodel.text import safe
from kubectl_trussmodel.trussmodel import Json

if TYPE_CHECKING:
    import httpx2


def _extra(_: click.Context, __: click.Parameter, value: str | None) -> Json:
    try:
        found = json.loads(value or "{}")
    except ValueError as problem:
        raise click.BadParameter(f"it is not JSON: {problem}") from None
    if not isinstance(found, dict):
        raise click.BadParameter('an object is needed, such as {"temperature": 0}.')
    return found


@click.command()
@NAME
@click.argument("words", nargs=-1, metavar="[chat|completions|predict] TEXT")
@click.option("--system", default="", show_default=False, help="A system message before TEXT, for a chat.")
@click.option(
    "--data", "-d", callback=_extra, metavar="JSON", help='More fields of the body: {"temperature": 0}.'
)
@click.option("--stream/--no-stream", default=True, help="Whether to ask OpenAI's routes for a stream.")
@click.option("--raw", is_flag=True, help="Print the answer's body as it is.")
@click.option("--api-key", envvar="TRUSSMODEL_API_KEY", help="The key.  [default: from spec.auth's Secret]")
@click.option("--timeout", type=Duration(), default="10m", help="How long the answer may be silent.")
@connected
def call(
    kubectl: Kubectl,
    name: str,
    words: tuple[str, ...],
    system: str,
    data: Json,
    stream: bool,
    raw: bool,
    api_key: str | None,
    timeout: float,
) -> None:
    r"""Asks NAME through a port-forward and prints the answer as it comes.

    The first of chat, completions and predict that it serves is asked, or the one that is named. TEXT is the
    message or the prompt; on predict a TEXT that is JSON is the body itself, and any other becomes
    {"prompt": TEXT}. Without a TEXT, or with -, it is read from stdin. Exits with 1 if the answer is an
    error.

    \b
        kubectl trussmodel call echo "Good day"
        kubectl trussmodel call echo predict '{"prompt": "Good day"}'
        kubectl trussmodel call echo chat --system "Be brief." -d '{"max_tokens": 20}' - < question.txt
    """
    word, text = _parted(words)
    model = kubectl.model(name)
    if not model.holds("Available"):
        raise Problem(f"{name} does not serve. {model.reason()}", NOT_SO)
    asked = question(model, kind_of(model, word), text, system=system, extra=data, stream=stream)
    key = api_key or key_of(kubectl, model)
    with Progress() as progress:
        progress.say(f"opening a port to {name}")
        with forwarded(kubectl, name) as (base, _):
            progress.say(f"waiting for {name}")
            for piece in _answers(base, asked, key, timeout, kubectl.command("logs", name), raw=raw):
                progress.clear()
                # To a file an answer goes as it is.
                click.echo(safe(piece) if sys.stdout.isatty() else piece, nl=False)
    if sys.stdout.isatty() or not raw:
        click.echo()


def _parted(words: tuple[str, ...]) -> tuple[str | None, str]:
    """The kind of route, if the first word is one, and the text."""
    named = bool(words) and kind_named(words[0]) in TAKE_TEXT
    kind = words[0] if named and (len(words) > 1 or not sys.stdin.isatty()) else None
    rest = words[1:] if kind else words
    if rest and rest != ("-",):
        return kind, " ".join(rest)
    if sys.stdin.isatty():
        raise click.UsageError("Say what to ask: TEXT is missing.")
    return kind, sys.stdin.read()


def _answers(
    base: str, asked: Question, key: str | None, timeout: float, logs: str, *, raw: bool
) -> Iterator[str]:
    import httpx2  # late: no other command should wait for it

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with (
            httpx2.Client(base_url=base, headers=headers, timeout=timeout, trust_env=False) as client,
            client.stream("POST", asked.path, json=asked.body) as response,
        ):
            if not response.is_success:
                raise error(response.status_code, response.read(), response.headers.get("retry-after", ""))
            yield from response.iter_text() if raw else _read(response, asked)
    except httpx2.TimeoutException:
        raise Problem(f"No answer in {timeout:g} s: see what it does with `{logs}`.", NOT_SO) from None
    except httpx2.TransportError as problem:
        raise Problem(f"The connection broke off: {problem}", NOT_SO) from None


def _read(response: "httpx2.Response", asked: Question) -> Iterator[Any]:
    kind = response.headers.get("content-type", "")
    if kind.startswith("text/event-stream"):
        return pieces(response.iter_lines(), closed=asked.kind != "predict")
    if kind.startswith("application/json"):
        return iter([whole(response.read())])
    return response.iter_text()
