"""Settings that are more than a word or a number: from what is written to their values."""

import json

import click

from truss_runtime.kinds import KINDS
from truss_runtime.settings import SmokeRequest


def words(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:  # noqa: ARG001 - click
    """Splits words at commas."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def kinds(context: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    """Splits kinds of route at commas.

    Raises:
        click.BadParameter: there is no such kind.
    """
    given = words(context, parameter, value)
    for kind in given:
        _check_kind(kind)
    return given


def _check_kind(kind: object) -> None:
    known = [each.name for each in KINDS]
    if kind not in known:
        raise click.BadParameter(f"there is no kind of route {kind!r}. There are {', '.join(known)}.")


def smoke(context: click.Context, parameter: click.Parameter, value: str | None) -> SmokeRequest | None:  # noqa: ARG001 - click
    """Reads the smoke request.

    Raises:
        click.BadParameter: it is not what docs/reference/runtime-settings.md describes.
    """
    if value is None:
        return None
    try:
        given = json.loads(value)
    except ValueError as error:
        raise click.BadParameter(f"it is not JSON: {error}.") from error
    if not isinstance(given, dict) or not {"route"} <= set(given) <= {"route", "body", "status"}:
        raise click.BadParameter('it must be a JSON object: {"route": KIND, "body": JSON, "status": 200}.')
    _check_kind(given["route"])
    status = given.get("status", 200)
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise click.BadParameter(f"{status!r} is not an HTTP status.")
    return SmokeRequest(given["route"], given.get("body"), status)
