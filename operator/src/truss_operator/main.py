"""The ``truss-operator`` command: reads settings, runs the operator, ends with 0 on SIGTERM, 1 on failure."""

import asyncio
import contextlib
import logging
import re
import sys
from typing import Any

import click
import uvloop

from truss_operator import __version__, logs
from truss_operator.app import run
from truss_operator.controller.context import subject
from truss_operator.controller.resync import SetBackError
from truss_operator.settings import LOG_FORMATS, LOG_LEVELS, PROBE_WAYS, Settings
from truss_operator.start import StartError

log = logging.getLogger(__name__)

_DEFAULTS = Settings()
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SITE = re.compile(r"(?=.{1,128}$)https?://[!-~]+")


def _site(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Any longer, it would leave a message no room."""
    if value and not _SITE.fullmatch(value):
        raise click.BadParameter("give http(s)://host and maybe a path, of at most 128 characters")
    return value.rstrip("/")


def _names(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    """Namespaces, each once: what is no name of one would be looked for, and patterns are not followed."""
    names = [name.strip() for name in value.split(",")] if value else []
    for name in names:
        if not _NAMESPACE.fullmatch(name):
            raise click.BadParameter(f"give a,b,c: there can be no namespace {name!r}")
    return tuple(dict.fromkeys(names))


@click.command(
    context_settings={"auto_envvar_prefix": "TRUSS_OPERATOR", "show_default": True},
    help="Serves the TrussModels of a Kubernetes cluster. Every option is also a variable: "
    "--port is TRUSS_OPERATOR_PORT.",
)
@click.option(
    "--kubeconfig",
    envvar=["TRUSS_OPERATOR_KUBECONFIG", "KUBECONFIG"],
    help="Kubeconfig file; without, the pod's service account or ~/.kube/config.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=_DEFAULTS.workers,
    help="TrussModels reconciled at once.",
)
@click.option(
    "--resync-seconds",
    type=click.FloatRange(min=1),
    default=_DEFAULTS.resync_seconds,
    help="How often everything is listed afresh and looked at again.",
)
@click.option(
    "--namespaces", default="", callback=_names, help="Namespaces to follow, as a,b,c; without, all."
)
@click.option("--selector", default="", help="Label selector of the TrussModels to follow; without, all.")
@click.option(
    "--metrics-models",
    type=click.IntRange(min=0),
    default=_DEFAULTS.metrics_models,
    help="For at most so many TrussModels there are metrics of each.",
)
@click.option(
    "--leader-elect",
    is_flag=True,
    default=_DEFAULTS.leader_elect,
    help="Work only while holding a Lease, so that several operators may run.",
)
@click.option("--lease-namespace", help="Where the Lease is; without, in the namespace of its pod.")
@click.option("--lease-name", default=_DEFAULTS.lease_name, help="Name of the Lease.")
@click.option(
    "--lease-seconds",
    type=click.IntRange(3, 120),
    default=_DEFAULTS.lease_seconds,
    help="How long the Lease is good without a sign of life.",
)
@click.option(
    "--probe-through",
    type=click.Choice(PROBE_WAYS),
    default=_DEFAULTS.probe_through,
    help="How a pod's routes are read: at its IP, or through the API server (from a desk).",
)
@click.option(
    "--probe-seconds",
    type=click.FloatRange(min=0.1, max=30),
    default=_DEFAULTS.probe_seconds,
    help="How long reading a pod's routes may take.",
)
@click.option(
    "--docs-url",
    default=_DEFAULTS.docs_url,
    callback=_site,
    help="Where the documentation is, which messages about failures lead to; empty for nowhere.",
)
@click.option("--host", default=_DEFAULTS.host, help="Address of /healthz, /readyz and /metrics.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_DEFAULTS.port, help="Their port; 0 is any free one."
)
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    default=_DEFAULTS.log_format,
    help="auto: console on a terminal, else json.",
)
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS, case_sensitive=False),
    default=_DEFAULTS.log_level,
    help="Least severity.",
)
@click.version_option(__version__)
def main(**options: Any) -> None:
    """Entry point of ``truss-operator``."""
    settings = Settings(**options)
    logs.set_up(settings.log_format, settings.log_level, subject)
    log.info("truss-operator %s", __version__)
    try:
        with (
            contextlib.suppress(asyncio.CancelledError),  # a signal
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(run(settings))
    except (StartError, SetBackError) as error:
        log.error("%s", error)  # noqa: TRY400  # the message says what to do, a traceback does not
        sys.exit(1)
    except Exception:
        log.exception("ended by an error")
        sys.exit(1)
    log.info("ended")
