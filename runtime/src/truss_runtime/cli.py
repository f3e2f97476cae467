"""The command line: ``truss-runtime serve PATH``. Every flag has an environment variable; flags win.

It turns words into :class:`~truss_runtime.settings.Settings` and knows nothing of what they do.
"""

import gc
import sys
from importlib import import_module
from typing import Any

import click

from truss_runtime import __version__
from truss_runtime.commands.opening import CONFIG_OPTION, PATH, PATH_ARGUMENT, SECRETS_OPTION
from truss_runtime.commands.values import kinds, smoke, words
from truss_runtime.settings import DEFAULTS, Settings

PORT = click.IntRange(0, 65535)
SECONDS = click.FloatRange(0, min_open=True)

# Not a docstring: click keeps lines as they are behind a mark that a docstring may not hold.
HELP = """Serves a Truss-style Model class over HTTP: /predict and the OpenAI routes that it implements.

\b
    truss-runtime init greeter              writes a model that runs
    truss-runtime check greeter             says what would keep it from being served
    truss-runtime serve greeter --reload    serves it on port 8080, and again after each change
"""

DESK = ("check", "completion", "dockerfile", "init", "routes")
"""The commands of the developer's desk: each is the function of that name in the module of that name."""


class _Commands(click.Group):
    """Imports a command of the desk when it is called or listed: a server in a pod does without them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Returns the names of all commands."""
        return sorted([*super().list_commands(ctx), *DESK])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Returns a command."""
        if cmd_name not in DESK:
            return super().get_command(ctx, cmd_name)
        command = getattr(import_module(f"truss_runtime.commands.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=_Commands,
    help=HELP,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__)
def main() -> None:
    """The command's entry point."""


@main.command()
@PATH_ARGUMENT
@click.option("--host", envvar="TRUSS_HOST", default=DEFAULTS.host, help="Address to listen on.")
@click.option(
    "--port",
    envvar="TRUSS_PORT",
    type=PORT,
    default=DEFAULTS.port,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--admin-port",
    envvar="TRUSS_ADMIN_PORT",
    type=PORT,
    help="A second port for probes, /routes and /metrics, which user code cannot hold up.  [default: none]",
)
@click.option(
    "--model-name",
    envvar="TRUSS_MODEL_NAME",
    help="The model's name for clients.  [default: model_name of config.yaml, or else the folder's name]",
)
@click.option(
    "--environment",
    envvar="TRUSS_ENVIRONMENT",
    help="The environment that this is.  [default: production in URLs, none for the Model]",
)
@click.option(
    "--environment-file",
    envvar="TRUSS_ENVIRONMENT_FILE",
    type=PATH,
    default=DEFAULTS.environment_file,
    help="A JSON file that tells the Model of its environment, and of changes to it, while it exists.",
)
@click.option(
    "--concurrency",
    envvar="TRUSS_CONCURRENCY",
    type=click.IntRange(1),
    help="Calls into the model at once, over all routes.  [default: 1 of predict and 64 of the others]",
)
@click.option(
    "--queue",
    envvar="TRUSS_QUEUE",
    type=click.IntRange(0),
    default=DEFAULTS.queue,
    help="Requests that may wait for a call; any further one gets 429.",
)
@click.option(
    "--validate/--no-validate",
    envvar="TRUSS_VALIDATE",
    default=DEFAULTS.validate,
    help="Refuse bodies that lack a documented field of their route, or have a wrong type in one.",
)
@click.option(
    "--strict-model-name/--no-strict-model-name",
    envvar="TRUSS_STRICT_MODEL_NAME",
    default=DEFAULTS.strict_model_name,
    help="Refuse bodies that name another model.",
)
@CONFIG_OPTION
@SECRETS_OPTION
@click.option(
    "--request-seconds",
    envvar="TRUSS_REQUEST_SECONDS",
    type=SECONDS,
    default=DEFAULTS.request_seconds,
    help="How long a request may take, a stream to its first chunk; past it 504.",
)
@click.option(
    "--stream-read-seconds",
    envvar="TRUSS_STREAM_READ_SECONDS",
    type=SECONDS,
    help="How long a stream may stand still.  "
    "[default: runtime.streaming_read_timeout of config.yaml, or 60]",
)
@click.option(
    "--ping-seconds",
    envvar="TRUSS_PING_SECONDS",
    type=SECONDS,
    default=DEFAULTS.ping_seconds,
    help="How long a stream is quiet before a comment keeps its connection open.",
)
@click.option(
    "--load-seconds",
    envvar="TRUSS_LOAD_SECONDS",
    type=SECONDS,
    default=DEFAULTS.load_seconds,
    help="How long loading the model may take; past it the process ends.",
)
@click.option(
    "--max-body-bytes",
    envvar="TRUSS_MAX_BODY_BYTES",
    type=click.IntRange(1),
    help="The largest body of a request; past it 413.  [default: 100 MiB on /predict, 16 MiB elsewhere]",
)
@click.option(
    "--unresponsive-seconds",
    envvar="TRUSS_UNRESPONSIVE_SECONDS",
    type=SECONDS,
    default=DEFAULTS.unresponsive_seconds,
    help="How long user code may block the event loop before /livez fails.",
)
@click.option(
    "--required-routes",
    envvar="TRUSS_REQUIRED_ROUTES",
    callback=kinds,
    default="",
    help="Routes, by kind, without which the server does not start; separated by commas.",
)
@click.option(
    "--smoke",
    envvar="TRUSS_SMOKE",
    callback=smoke,
    help='A request that must be answered first: {"route": KIND, "body": JSON, "status": 200}.',
)
@click.option(
    "--api-keys-dir",
    envvar="TRUSS_API_KEYS_DIR",
    type=PATH,
    help="Folder with one API key a file; without one of them, requests get 401.",
)
@click.option(
    "--cors-origins",
    envvar="TRUSS_CORS_ORIGINS",
    callback=words,
    default="",
    help="Origins whose pages may call from a browser, separated by commas; * for any.",
)
@click.option(
    "--drain-seconds",
    envvar="TRUSS_DRAIN_SECONDS",
    type=click.IntRange(0),
    default=DEFAULTS.drain_seconds,
    help="How long requests are still taken after SIGTERM.",
)
@click.option(
    "--grace-seconds",
    envvar="TRUSS_GRACE_SECONDS",
    type=click.IntRange(0),
    default=DEFAULTS.grace_seconds,
    help="How long calls in flight may go on after that.",
)
@click.option(
    "--log-format",
    envvar="TRUSS_LOG_FORMAT",
    type=click.Choice(["json", "console"]),
    help="[default: console on a terminal, json elsewhere]",
)
@click.option(
    "--termination-log",
    envvar="TRUSS_TERMINATION_LOG",
    type=PATH,
    default=DEFAULTS.termination_log,
    help="Where the report goes if the model cannot be served.",
)
@click.option(
    "--reload",
    envvar="TRUSS_RELOAD",
    is_flag=True,
    help="Start anew when the model's files change. For the desk: not in a pod.",
)
def serve(reload: bool, **values: Any) -> None:
    """Serves the model at PATH.

    PATH is a Truss directory (config.yaml, model/model.py), a folder with model.py, or one file.

    Every option can be set by an environment variable: --model-name by TRUSS_MODEL_NAME, and so on.
    """
    # Both late: --help should not wait for a server's imports, nor a server for what it does not need.
    if reload:
        from truss_runtime.commands.reload import serve_reloading

        sys.exit(serve_reloading(values["path"], sys.argv[1:]))
    gc.disable()  # until the model's turn: imports leave next to no garbage, yet each pass walks all of it
    from truss_runtime.serve import serve as run

    values["log_format"] = values["log_format"] or ("console" if sys.stderr.isatty() else "json")
    sys.exit(run(Settings(**values)))
