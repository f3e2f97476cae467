"""The environment that a Model is told of, and ``setup_environment``, which is told of its changes.

Flow: init (``Model(environment=...)``) → routes → **setup_environment** → load, and again whenever the file
changes. The file is Baseten's: its platform writes the environment that a deployment has been promoted to.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from truss_runtime.calls import Caller
from truss_runtime.failure import ModelFailure, Report, failure_of
from truss_runtime.model.source import Source

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 5.0

Environment = dict[str, Any]


class EnvironmentSource:
    """Where the environment is read from.

    Args:
        name: the environment that this was started for, or None.
        file: a JSON object with ``name``, which wins while it exists.
    """

    def __init__(self, name: str | None, file: Path) -> None:
        self._name = name
        self.file = file

    def read(self) -> Environment | None:
        """Returns what ``Model(environment=...)`` gets: None where no environment is set.

        Raises:
            ModelFailure: the file holds no JSON object.
        """
        try:
            text = self.file.read_text()
        except OSError:
            text = ""
        if not text.strip():
            return {"name": self._name} if self._name else None
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            message = f'{self.file}: must hold a JSON object such as {{"name": "staging"}}.'
            raise ModelFailure(Report("init", "InvalidModel", message))
        return value

    def stamp(self) -> tuple[int, int] | None:
        """Returns what changes whenever the file does; None while there is none."""
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino


async def set_up(model: Any, source: Source, caller: Caller, environment: Environment | None) -> None:
    """Calls ``setup_environment`` before ``load``, where the Model has one and an environment is set.

    Raises:
        ModelFailure: it raised.
    """
    method = getattr(model, "setup_environment", None)
    if method is None or environment is None:
        return
    try:
        await caller.call(method, environment)
    except (Exception, SystemExit) as error:
        remedy = f"{source.class_name}.setup_environment must not raise: correct that line."
        raise failure_of(error, "load", "LoadFailed", root=source.root, remedy=remedy) from error


async def follow(
    model: Any,
    caller: Caller,
    environment: EnvironmentSource,
    changed: Callable[[Environment | None], None],
    *,
    every: float = LOOK_EVERY_SECONDS,
) -> None:
    """Calls ``setup_environment`` whenever the file changes, until it is cancelled.

    Args:
        model: the Model.
        caller: makes the call.
        environment: where the environment is read from.
        changed: told of the new environment as well.
        every: seconds between two looks.
    """
    last = environment.stamp()
    while True:
        await asyncio.sleep(every)
        stamp = environment.stamp()
        if stamp == last:
            continue
        last = stamp
        try:
            new = environment.read()
            changed(new)
            method = getattr(model, "setup_environment", None)
            if method is not None:
                await caller.call(method, new)
        except (Exception, SystemExit) as error:
            logger.exception("setup_environment raised %s for the new environment", type(error).__name__)
        else:
            logger.info("the environment is now %s", new)
