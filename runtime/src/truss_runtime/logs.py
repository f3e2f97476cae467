"""Logs: one JSON object a line in a container, readable lines on a terminal, all on stderr.

Every line carries the request id of the request it belongs to, lines of the user's code too. Bodies are never
logged.
"""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, BinaryIO

import orjson
from starlette.types import Scope

from truss_runtime.exchange import REQUEST_ID, Exchange
from truss_runtime.settings import LogFormat


def configure(log_format: LogFormat) -> None:
    """Sends the log records of every library and of the user's code to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_add_request_id)
    if log_format == "json":
        from pythonjsonlogger.orjson import OrjsonFormatter  # late: a terminal does without it

        handler.setFormatter(
            OrjsonFormatter(
                ["levelname", "name", "message", "request_id"],
                rename_fields={"levelname": "level", "name": "logger"},
                timestamp="time",
            )
        )
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    server_log = logging.getLogger("uvicorn.error")
    server_log.setLevel(logging.WARNING)
    server_log.addFilter(_is_news)


def add_to_lines(read: Callable[[], dict[str, str]]) -> None:
    """Adds to each record what ``read`` returns at the time, such as the ids of a trace."""

    def add(record: logging.LogRecord) -> bool:
        record.__dict__.update(read())
        return True

    for handler in logging.getLogger().handlers:
        handler.addFilter(add)


def _add_request_id(record: logging.LogRecord) -> bool:
    record.request_id = REQUEST_ID.get()
    return True


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out what the server says of an answer that ends early: that is how we cut a failed stream."""
    return not str(record.msg).startswith("ASGI callable returned without completing response")


class AccessLog:
    """One line an answered request. It goes past ``logging``, which would cost as much as the request.

    Args:
        log_format: JSON or readable.
        out: where lines go.
        more: returns what a line should have beside its own fields; None for nothing.
    """

    def __init__(
        self, log_format: LogFormat, out: BinaryIO, more: Callable[[], dict[str, str]] | None = None
    ) -> None:
        self._json = log_format == "json"
        self._out = out
        self._more = more

    def __call__(self, exchange: Exchange, scope: Scope, now: float) -> None:
        """Writes the line of one exchange.

        Args:
            exchange: what was answered.
            scope: the request's ASGI scope.
            now: seconds on the clock of ``exchange.started``.
        """
        route = scope.get("route")
        status = exchange.final_status
        fields: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": "info",
            "logger": "access",
            "message": f"{scope['method']} {scope['path'][:256]} {status}",
            "request_id": exchange.request_id,
            "method": scope["method"],
            "path": scope["path"][:256],
            "route": getattr(route, "path", None),
            "status": status,
            "outcome": exchange.outcome,
            "duration_ms": round((now - exchange.started) * 1000, 2),
        }
        if self._more is not None:
            fields.update(self._more())
        self._out.write(
            orjson.dumps(fields, option=orjson.OPT_APPEND_NEWLINE) if self._json else _readable(fields)
        )
        self._out.flush()


def _readable(fields: dict[str, Any]) -> bytes:
    note = "" if fields["outcome"] == "answered" else f" {fields['outcome']}"
    time = fields["time"].astimezone().strftime("%H:%M:%S")
    line = f"{time} {fields['message']}{note} in {fields['duration_ms']} ms, request {fields['request_id']}\n"
    return line.encode("utf-8", "backslashreplace")
