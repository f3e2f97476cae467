"""The ``secrets`` that a Model is given: one file a secret, read when it is asked for.

Reading late means that a Secret which Kubernetes rotates is seen without a restart. Values are never kept nor
logged.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path


class SecretNotFound(KeyError):  # noqa: N818 - the name it has on Truss
    """No file holds that secret."""

    def __str__(self) -> str:
        return str(self.args[0])


class SecretFiles(Mapping[str, str]):
    """A mapping from the names of the files in one folder to what they hold."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> str:
        file = self._folder / name
        if "/" in name or name.startswith(".") or not file.is_file():
            raise SecretNotFound(
                f"no secret `{name}` in {self._folder}: name it under `secrets` of the TrussModel, "
                "or put a file of that name there"
            )
        return file.read_text()

    def __iter__(self) -> Iterator[str]:
        """Yields the names; dotted ones are Kubernetes' own (a projected volume's ``..data``)."""
        if self._folder.is_dir():
            yield from sorted(
                file.name for file in self._folder.iterdir() if file.name[0] != "." and file.is_file()
            )

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"SecretFiles({str(self._folder)!r})"
