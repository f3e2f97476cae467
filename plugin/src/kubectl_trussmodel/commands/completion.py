"""``completion SHELL``: click's own script for a shell."""

import click
from click.shell_completion import get_completion_class

PROGRAM = "kubectl-trussmodel"
VARIABLE = "_KUBECTL_TRUSSMODEL_COMPLETE"
"""The variable that click looks for, made of the program's name."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    r"""Prints the script that completes `kubectl-trussmodel` in SHELL.

    `kubectl trussmodel` needs none: kubectl's own completion finds kubectl_complete-trussmodel, which is
    installed beside this command.

    \b
        source <(kubectl-trussmodel completion bash)      in ~/.bashrc
        source <(kubectl-trussmodel completion zsh)       in ~/.zshrc
        kubectl-trussmodel completion fish > ~/.config/fish/completions/kubectl-trussmodel.fish
    """
    complete = get_completion_class(shell)
    assert complete is not None  # click has one for each of the choices
    click.echo(complete(context.find_root().command, {}, PROGRAM, VARIABLE).source())
