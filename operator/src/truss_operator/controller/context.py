"""Which TrussModel the running task works on, so that every line it logs can name it."""

from contextvars import ContextVar

from truss_operator.controller.key import Key

current_key: ContextVar[Key | None] = ContextVar("current_key", default=None)
current_generation: ContextVar[int | None] = ContextVar("current_generation", default=None)
"""Of its spec, once it has been read."""


def subject() -> tuple[str, str, int | None] | None:
    """Namespace, name and generation; None outside of a reconcile."""
    key = current_key.get()
    return (*key, current_generation.get()) if key is not None else None
