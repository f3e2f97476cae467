"""The ``secrets`` that a Model is given, each looked up when it is asked for.

A file of that name in the mounted folder wins over the variable ``TRUSS_SECRET_{name}``, and that over the
default in config.yaml, as on Truss. Reading late means that a Secret which Kubernetes rotates is seen without
a restart. Values are never kept nor logged.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PREFIX = "TRUSS_SECRET_"


class SecretNotFound(KeyError):  # noqa: N818 - the name it has on Truss
    """Nothing holds that secret."""

    def __str__(self) -> str:
        return str(self.args[0])


class Secrets(Mapping[str, str]):
    """A mapping from names to secrets.

    Args:
        folder: holds a file for each mounted secret.
        declared: the ``secrets`` of config.yaml: names and defaults, None for no default.
        variables: the environment.
    """

    def __init__(
        self,
        folder: Path,
        declared: Mapping[str, Any] | None = None,
        variables: Mapping[str, str] = os.environ,
    ) -> None:
        self._folder = folder
        self._declared = declared or {}
        self._variables = variables

    def __getitem__(self, name: str) -> str:
        file = self._folder / name
        if "/" not in name and not name.startswith(".") and file.is_file():
            return file.read_text()
        value = self._variables.get(PREFIX + name) or self._declared.get(name)
        if value is None or value == "":
            raise SecretNotFound(
                f"no secret `{name}`: name it under `secrets` of the TrussModel, put a file of that name "
                f"into {self._folder}, or set {PREFIX}{name}"
            )
        return str(value)

    def __iter__(self) -> Iterator[str]:
        """Yields the names of those that can be had, in order."""
        names = {name.removeprefix(PREFIX) for name in self._variables if name.startswith(PREFIX)}
        names.update(str(name) for name in self._declared)
        if self._folder.is_dir():
            names.update(file.name for file in self._folder.iterdir())
        yield from sorted(name for name in names if name in self)

    def __contains__(self, name: object) -> bool:
        """Whether it can be had. Dotted files are Kubernetes' own (a projected volume's ``..data``)."""
        try:
            return isinstance(name, str) and self[name] is not None
        except (SecretNotFound, OSError):
            return False

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"Secrets({str(self._folder)!r})"
