"""kubectl as the client: whatever logs in, proxies or chooses a cluster there does so here, too.

The one place that runs kubectl. A call that fails raises a :class:`~kubectl_trussmodel.problem.Problem`
with kubectl's words.
"""

import difflib
import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from kubectl_trussmodel.problem import NotFound, Problem, refusal
from kubectl_trussmodel.text import one_line
from kubectl_trussmodel.trussmodel import RESOURCE, Json, TrussModel, items

MANAGER = "kubectl-trussmodel"
"""The field manager of what is written."""
_PLACE = ("--namespace", "--context", "--kubeconfig", "--cluster")


@dataclass(frozen=True, slots=True)
class Kubectl:
    """kubectl with the flags that say which cluster, which namespace and who."""

    flags: tuple[str, ...] = ()

    def run(self, *arguments: str) -> str:
        """Runs it to its end and returns its output.

        Raises:
            Problem: it failed.
        """
        # S603: no shell is in between, and the words are the user's own
        done = subprocess.run(self._command(arguments), capture_output=True, check=False)  # noqa: S603
        if done.returncode != 0:
            raise refusal(done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="replace")

    def json(self, *arguments: str) -> Json:
        """Runs it with JSON as output.

        Raises:
            Problem: it failed.
        """
        try:
            found: Json = json.loads(self.run(*arguments, "--output=json"))
        except RecursionError as error:
            raise Problem(
                "What kubectl shows is nested too deep to be read: look with kubectl itself."
            ) from error
        return found

    def start(
        self, *arguments: str, stdout: int | None = subprocess.PIPE, stderr: IO[bytes] | None = None
    ) -> "subprocess.Popen[bytes]":
        """Starts it and lets it run; the caller ends it."""
        command = self._command(arguments)
        return subprocess.Popen(  # noqa: S603  # as above
            command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
        )

    def model(self, name: str, *arguments: str) -> TrussModel:
        """The TrussModel of that name.

        Raises:
            Problem: there is none, with the names that come near; or it cannot be read.
        """
        try:
            return TrussModel(self.json("get", RESOURCE, name, *arguments))
        except NotFound as error:
            raise Problem(self._none_such(name, error)) from None

    def names(self) -> list[str]:
        """The names of all TrussModels of the namespace."""
        listed = self.run("get", RESOURCE, "--output=name").split()
        return [name.rpartition("/")[2] for name in listed]

    def objects(self, kinds: str, *arguments: str) -> list[Json]:
        """The objects of those kinds."""
        return items(self.json("get", kinds, *arguments).get("items"))

    def patch(self, model: TrussModel, kind: str, patch: list[Mapping[str, Any]] | Mapping[str, Any]) -> None:
        """Writes a change of a TrussModel.

        Raises:
            Problem: the API server refuses it, or the object has changed since.
        """
        self.run(
            "patch",
            RESOURCE,
            model.name,
            f"--type={kind}",
            f"--patch={json.dumps(patch)}",
            f"--field-manager={MANAGER}",
        )

    def command(self, word: str, name: str) -> str:
        """A command of the plugin to run next, on the same cluster and namespace as the user chose."""
        return one_line(shlex.join(["kubectl", "trussmodel", word, name, *self.flags_of_place]))

    @property
    def flags_of_place(self) -> list[str]:
        """Which namespace and cluster, not who: a token is shown to nobody."""
        return [flag for flag in self.flags if flag.partition("=")[0] in _PLACE]

    def _none_such(self, name: str, error: Problem) -> str:
        try:
            names = self.names()
        except Problem:
            return error.message
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        if near:
            return f"There is no TrussModel {name} here. Did you mean {' or '.join(near)}?"
        if names:
            more = ", ..." if len(names) > 10 else ""
            return f"There is no TrussModel {name} here. There are: {', '.join(sorted(names)[:10])}{more}."
        return (
            f"There is no TrussModel in this namespace, {name} or any other: choose another with --namespace."
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        program = shutil.which("kubectl")
        if program is None:
            raise Problem(
                "There is no kubectl on PATH: install it (https://kubernetes.io/docs/tasks/tools/)."
            )
        return [program, *self.flags, *arguments]
