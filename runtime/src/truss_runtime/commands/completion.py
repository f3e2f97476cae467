"""``truss-runtime completion SHELL``: click's own script for a shell."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "truss-runtime"
VARIABLE = "_TRUSS_RUNTIME_COMPLETE"
"""The variable that click looks for, made of the program's name."""

# Not a docstring: click keeps lines as they are behind a mark that a docstring may not hold.
HELP = """Prints the script that completes this command in SHELL.

\b
    source <(truss-runtime completion bash)      in ~/.bashrc
    source <(truss-runtime completion zsh)       in ~/.zshrc
    truss-runtime completion fish > ~/.config/fish/completions/truss-runtime.fish
"""


@click.command(help=HELP)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Prints the script that click makes for a shell."""
    complete = get_completion_class(shell)
    assert complete is not None  # click has one for each of the choices
    click.echo(complete(context.find_root().command, {}, PROGRAM, VARIABLE).source())
