"""Logging: a JSON object a line in a container, plain lines on a terminal; each names its TrussModel.

What others wrote may be in a message: JSON escapes all but ASCII, a terminal gets no control characters.
"""

import logging
import re
import sys
from collections.abc import Callable

from pythonjsonlogger.json import JsonFormatter

from truss_operator.status.prose import CONTROL

Subject = Callable[[], tuple[str, str, int | None] | None]
"""Namespace and name of what the current task works on, and the generation that it has seen of it."""

_QUIET = ("kopf", "aiohttp", "asyncio")
"""Loggers of libraries that tell their own doings: from them warnings are enough."""


def set_up(log_format: str, level: str, subject: Subject) -> None:
    """Sends all logging to stderr.

    Args:
        log_format: ``json`` or ``console``; ``auto`` is console on a terminal, else json.
        level: Of our own loggers: DEBUG, INFO, WARNING, ERROR.
        subject: See `Subject`.
    """
    if log_format == "auto":
        log_format = "console" if sys.stderr.isatty() else "json"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_json() if log_format == "json" else _console())
    handler.addFilter(_Subjects(subject))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "DEBUG" else logging.WARNING)


class _Subjects(logging.Filter):
    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self._subject = subject

    def filter(self, record: logging.LogRecord) -> bool:
        subject = self._subject()
        if subject is not None and not hasattr(record, "namespace"):
            record.namespace, record.object, generation = subject
            if generation is not None:
                record.generation = generation
        return True


def _json() -> logging.Formatter:
    return JsonFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "object": "name"},
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )


_CONTROL = re.compile(rf"[{CONTROL}\ud800-\udfff]+")


class _Console(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        subject = record.__dict__
        where = f"{subject['namespace']}/{subject['object']}: " if "object" in subject else ""
        record.where = where
        return "\n".join(_CONTROL.sub(" ", line) for line in super().format(record).split("\n"))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """The line itself, which a traceback may follow: a message begins no line of its own."""
        return super().formatMessage(record).replace("\n", " ")


def _console() -> logging.Formatter:
    return _Console("%(asctime)s %(levelname)-7s %(where)s%(message)s", datefmt="%H:%M:%S")
