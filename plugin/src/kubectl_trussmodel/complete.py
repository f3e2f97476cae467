"""``kubectl_complete-trussmodel``: completes ``kubectl trussmodel ...`` in whatever shell completes kubectl.

kubectl runs it with the words behind the plugin's name, the last one unfinished, and reads one proposal a
line with its description behind a tab, then a line with a directive (kubectl's convention for plugins).
"""

import sys
from collections.abc import Sequence

import click
from click.shell_completion import ShellComplete

from kubectl_trussmodel.cli import PROGRAM, main
from kubectl_trussmodel.commands.completion import VARIABLE
from kubectl_trussmodel.text import one_line

_NO_FILES = ":4"
"""Cobra's ShellCompDirectiveNoFileComp: what is not listed is not offered, files neither."""


def proposals(words: Sequence[str]) -> list[str]:
    """The lines to print for the words of an unfinished command line."""
    done, unfinished = list(words[:-1]), words[-1] if words else ""
    found = ShellComplete(main, {}, PROGRAM, VARIABLE).get_completions(done, unfinished)
    told = [f"{item.value}\t{one_line(item.help)}" if item.help else str(item.value) for item in found]
    return [*told, _NO_FILES]


def run() -> None:
    """The console script."""
    click.echo("\n".join(proposals(sys.argv[1:])))
