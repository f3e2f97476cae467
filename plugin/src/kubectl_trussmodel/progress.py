"""What a command is waiting for, on one line of stderr that changes; nothing where that is no terminal."""

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from kubectl_trussmodel.text import one_line


class Progress:
    """The line, as a context: it is gone when the context is left."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._began = clock()
        self._visible = self._stream.isatty()
        self._shown = False

    def say(self, text: str) -> None:
        """Shows the text in the place of the one before, with the seconds since the beginning."""
        if self._visible:
            self._shown = True
            room = shutil.get_terminal_size().columns - 1
            line = one_line(f"{self._clock() - self._began:4.0f} s  {one_line(text)}", max(room, 20))
            self._stream.write(f"\r{line}\x1b[K")
            self._stream.flush()

    def clear(self) -> None:
        """Takes the line away, if there is one: what stands there else is somebody's output."""
        if self._shown:
            self._shown = False
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
