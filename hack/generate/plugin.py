"""The command reference of docs/reference/kubectl-trussmodel.md: what ``--help`` of each command prints."""

import click
from hack.generate.markdown import between

from kubectl_trussmodel.cli import PROGRAM, main

_WIDTH = 110


def plugin_commands(page: str) -> str:
    """The page with the helps made anew."""
    whole = click.Context(main, info_name=PROGRAM, **main.context_settings)
    sections = [_section(PROGRAM, main, whole)]
    for name, command in sorted(main.commands.items()):
        sections.append(_section(f"{PROGRAM} {name}", command, click.Context(command, whole, name)))
    return between(page, "commands", "\n".join(sections))


def _section(title: str, command: click.Command, context: click.Context) -> str:
    context.terminal_width = context.max_content_width = _WIDTH
    lines = command.get_help(context).splitlines()
    shown = "\n".join(f"    {line}".rstrip() for line in lines)
    return f"## {title.removeprefix(f'{PROGRAM} ')}\n\n{shown}\n"
