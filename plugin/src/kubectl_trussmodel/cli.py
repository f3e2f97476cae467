"""The command line, ``kubectl trussmodel COMMAND``: names the commands, knows nothing of what they do."""

import click

from kubectl_trussmodel import __version__
from kubectl_trussmodel.commands.call import call
from kubectl_trussmodel.commands.completion import VARIABLE, completion
from kubectl_trussmodel.commands.connection import connection
from kubectl_trussmodel.commands.doctor import doctor
from kubectl_trussmodel.commands.env import env
from kubectl_trussmodel.commands.history import history
from kubectl_trussmodel.commands.logs import logs
from kubectl_trussmodel.commands.restart import restart
from kubectl_trussmodel.commands.rollback import rollback
from kubectl_trussmodel.commands.routes import routes
from kubectl_trussmodel.commands.wait import wait

PROGRAM = "kubectl trussmodel"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 110}
)
@connection(every=True)
@click.version_option(__version__, prog_name=PROGRAM)
def main() -> None:
    r"""Looks at TrussModels, asks them and rolls them back.

    \b
        kubectl trussmodel routes echo              what it answers
        kubectl trussmodel doctor echo              why it is not ready, and what to do
        kubectl trussmodel call echo "Good day"     an answer from it

    kubectl does the talking, with its kubeconfig, contexts and logins. The options below go before or behind
    the name of a command. Exit codes: 0 it is as asked, 1 it is not, 2 a wrong command line, 3 the cluster
    could not be asked (no such TrussModel, no permission, no connection).
    """


for command in (routes, doctor, call, logs, history, rollback, restart, wait, env, completion):
    main.add_command(command)
for each in (main, *main.commands.values()):
    # A raw docstring holds click's mark for lines to leave alone as two characters.
    each.help = (each.help or "").replace("\\b\n", "\b\n")


def run() -> None:
    """The console script."""
    main(prog_name=PROGRAM, complete_var=VARIABLE)
