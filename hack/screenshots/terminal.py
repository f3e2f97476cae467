"""A picture of a command's output, as a terminal of a fixed width shows it."""

import io
import os
import pty
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

COLUMNS = 132
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def picture(command: Sequence[str], path: Path, *, lines: slice = slice(None)) -> None:
    """Runs a command and draws what it printed.

    Args:
        command: Whatever its exit code is: a diagnosis has one of its own.
        path: The SVG to write.
        lines: Which of the output's lines to show.
    """
    shown = "\n".join(_output(command).splitlines()[lines])
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {shlex.join(command)}", style="bold"))
    console.print(Text.from_ansi(shown))
    drawn = console.export_svg(title=path.stem, theme=DIMMED_MONOKAI)
    # The font would be fetched from elsewhere by whoever looks at the page.
    path.write_text(_FONTS.sub("", drawn).replace("Fira Code", "ui-monospace").rstrip() + "\n")


def _output(command: Sequence[str]) -> str:
    """What a person would see: programs print otherwise where no terminal is."""
    master, slave = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    with subprocess.Popen(command, stdout=slave, stderr=slave, stdin=subprocess.DEVNULL, env=environment):
        os.close(slave)
        taken = bytearray()
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # the other end is closed: Linux's way to say so
                break
            if not piece:
                break
            taken += piece
    os.close(master)
    return taken.decode(errors="replace").replace("\r\n", "\n")
