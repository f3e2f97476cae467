"""The kubectl plugin as a user starts it: a process of its own, beside kubectl."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAMS = Path(sys.executable).parent
"""Where the console scripts are."""


def plugin(
    *words: str,
    kubeconfig: Path | None = None,
    program: str = "kubectl-trussmodel",
    path: str | None = None,
    stdin: str = "",
    seconds: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Runs ``kubectl-trussmodel`` to its end.

    Args:
        words: its command line.
        kubeconfig: what KUBECONFIG says; by default as it is.
        program: another of the plugin's programs.
        path: what PATH says; by default as it is.
        stdin: what it can read there.
        seconds: until it is given up.
    """
    return subprocess.run(
        [str(PROGRAMS / program), *words],
        env=surroundings(kubeconfig, path),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


def surroundings(kubeconfig: Path | None = None, path: str | None = None) -> dict[str, str]:
    """The environment of such a process."""
    own = {} if kubeconfig is None else {"KUBECONFIG": str(kubeconfig)}
    return {**os.environ, **own, **({} if path is None else {"PATH": path})}
