"""Opens a model as ``serve`` does, up to the point where it would be loaded, for commands that look at it."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from truss_runtime.settings import DEFAULTS

if TYPE_CHECKING:
    from truss_runtime.model.source import Source

PATH = click.Path(path_type=Path)
PATH_ARGUMENT = click.argument("path", type=PATH, default=DEFAULTS.path)
CONFIG_OPTION = click.option(
    "--config", envvar="TRUSS_CONFIG", type=PATH, help="A JSON file to merge over config.yaml."
)
SECRETS_OPTION = click.option(
    "--secrets-dir",
    envvar="TRUSS_SECRETS_DIR",
    type=PATH,
    default=DEFAULTS.secrets_dir,
    help="Folder with one file for each secret.",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that was imported and built, not loaded."""

    source: "Source"
    model: Any


def open_model(path: Path, config: Path | None, secrets_dir: Path) -> Opened:
    """Finds, imports and builds the model.

    Raises:
        ModelFailure: it cannot be served; the report says why.
    """
    # late: --help should not wait for any of it
    from truss_runtime.model.construction import construct
    from truss_runtime.model.importing import import_class
    from truss_runtime.model.source import locate

    source = locate(path, config)
    return Opened(source, construct(import_class(source), source, secrets_dir=secrets_dir, environment=None))


@contextlib.contextmanager
def user_output_aside() -> Iterator[None]:
    """Sends what user code prints to stderr: stdout is for the command's own output."""
    with contextlib.redirect_stdout(sys.stderr):
        yield
