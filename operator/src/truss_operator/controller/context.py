"""Which TrussModel the running task works on, so that every line it logs can name it."""

from contextvars import ContextVar

from truss_operator.controller.key import Key

current_key: ContextVar[Key | None] = ContextVar("current_key", default=None)
