"""What keeps a command from doing its work, told in words: kubectl's refusals, and what to do about them.

Exit codes are docs/reference/kubectl-trussmodel.md's: 1 for a model that is not as asked, 2 for a wrong
command line, 3 for a cluster that could not be asked.
"""

import re

import click

from kubectl_trussmodel.text import one_line

NOT_SO = 1
"""The model is not as asked: not ready, without that route, answering with an error."""
NOT_ASKED = 3
"""It could not be found out: no kubectl, no cluster, no permission, no such TrussModel."""

_NOISE = re.compile(r"^[EWI]\d{4} .*$|^error: |^Error: ", re.MULTILINE)
_FORBIDDEN = re.compile(r"\(Forbidden\): (?:.*? is forbidden: )?(.*)", re.DOTALL)
_INSTALL = (
    "The cluster has no TrussModel resource: install the operator with `helm install` first, or choose"
    " another cluster with --context or --kubeconfig."
)


class Problem(click.ClickException):
    """Ends the command with a message and an exit code."""

    def __init__(self, message: str, exit_code: int = NOT_ASKED) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click declares it of the class and reads it of the instance


class NotFound(Problem):
    """The API server has no such object."""


def refusal(words: str) -> Problem:
    """What kubectl said on stderr before it failed, with what to do about it."""
    said = one_line(_NOISE.sub("", words), 2000) or "kubectl failed without a word."
    if "doesn't have a resource type" in said or "could not find the requested resource" in said:
        return Problem(_INSTALL)
    if "(NotFound)" in said:
        return NotFound(said.partition("(NotFound): ")[2] or said)
    if forbidden := _FORBIDDEN.search(said):
        return Problem(f"No permission: {forbidden[1]}. Ask whoever runs the cluster for a role that has it.")
    if "(Unauthorized)" in said or "must be logged in" in said:
        return Problem(
            f"The cluster does not know you: {said} Log in again, or choose another --context or --user."
        )
    if "context" in said and "does not exist" in said:
        return Problem(f"{said}. `kubectl config get-contexts` lists those that there are.")
    if re.search(r"connect to the server|was refused|dial tcp|API group list|no such host", said):
        return Problem(f"The cluster cannot be reached: {said} Check --context and --kubeconfig.")
    return Problem(f"kubectl: {said}")
