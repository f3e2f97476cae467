"""``serve --reload``: runs the server as a child process and starts it anew when the model's files change."""

import functools
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from watchfiles import Change

VARIABLE = "TRUSS_RELOAD"
SUFFIXES = (".py", ".yaml", ".yml", ".json")
POLLING_VARIABLE = "WATCHFILES_FORCE_POLLING"
"""By which the library that watches files is told to poll them."""
STOP_SECONDS = 5
"""How long calls in flight may hold up a restart."""


def serve_reloading(path: Path, arguments: Sequence[str]) -> int:
    """Serves until a signal comes; returns the exit code.

    A model that cannot be served ends its child process; the next change starts another.

    Args:
        path: the model: its folder is watched.
        arguments: this command's own, for the child.
    """
    from watchfiles import DefaultFilter, run_process  # late: a server in a pod does without it

    class ModelFiles(DefaultFilter):
        def __call__(self, change: "Change", name: str) -> bool:
            return name.endswith(SUFFIXES) and super().__call__(change, name)

    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        click.echo(f"{path} does not exist. Give `serve` the folder or the file of a model.", err=True)
        return 1
    os.environ[VARIABLE] = "0"  # the child is to serve, not to watch
    command = [sys.executable, "-m", "truss_runtime", *(word for word in arguments if word != "--reload")]
    if not _tells_of_changes(folder):
        _poll()
    click.echo(f"Watching {folder} for changes.", err=True)
    # A shell starts what it puts into the background with SIGINT ignored; then nothing would end the child.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run = functools.partial(
        run_process,
        folder,
        target=shlex.join(command),
        target_type="command",
        watch_filter=ModelFiles(),
        callback=_tell,
        sigint_timeout=STOP_SECONDS,
    )
    try:
        run()
    except RuntimeError:  # the last watcher was taken meanwhile
        _poll()
        run()
    return 0


def _poll() -> None:
    """Has files looked at in turn from now on."""
    os.environ[POLLING_VARIABLE] = "true"
    click.echo(
        "The system has no watcher left (on Linux: fs.inotify.max_user_instances): files are polled.",
        err=True,
    )


def _tells_of_changes(folder: Path) -> bool:
    """Whether the system would tell of changes in the folder, so that files need not be looked at in turn."""
    from watchfiles import watch

    try:
        next(watch(folder, rust_timeout=1, yield_on_timeout=True))
    except RuntimeError:  # what the library raises where the system refuses
        return False
    return True


def _tell(changes: set[tuple["Change", str]]) -> None:
    names = ", ".join(sorted(Path(name).name for _, name in changes))
    click.echo(f"{names} changed: starting anew.", err=True)
