"""Where the model's code is: PATH on the command line to the file that defines the class.

Flow: **locate** → import → init → routes → load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truss_runtime.failure import ModelFailure, Report
from truss_runtime.model.config import read_config
from truss_runtime.model.runtime_section import RuntimeSection, read_runtime


@dataclass(frozen=True, slots=True)
class Source:
    """A model that was found, not yet imported."""

    root: Path
    """The folder that holds all of it: what is below is the user's code."""
    file: Path
    """The file that defines the class."""
    class_name: str
    config: Mapping[str, Any]
    """config.yaml with the operator's config merged over it."""
    runtime: RuntimeSection = field(default_factory=RuntimeSection)
    """Its ``runtime`` section."""

    @property
    def name(self) -> str:
        """What the model calls itself: config.yaml's ``model_name``, or else the folder's name."""
        return str(self.config.get("model_name") or self.root.name or "model")

    @property
    def data_dir(self) -> Path:
        """The folder for files that belong to the model (Truss: ``data_dir``)."""
        return self.root / str(self.config.get("data_dir") or "data")

    @property
    def packages_dir(self) -> Path:
        """The folder for modules that come with the model (Truss: ``bundled_packages_dir``)."""
        return self.root / str(self.config.get("bundled_packages_dir") or "packages")

    @property
    def external_package_dirs(self) -> list[Path]:
        """Further folders of modules, relative to the root (Truss: ``external_package_dirs``)."""
        return [self.root / str(folder) for folder in self.config.get("external_package_dirs") or []]


def locate(path: Path, overlay: Path | None = None) -> Source:
    """Finds the model at ``path``: a Truss directory, a folder with model.py, or one Python file.

    Args:
        path: what the command line names.
        overlay: a JSON file to merge over config.yaml.

    Raises:
        ModelFailure: there is no model at ``path``, or its config.yaml cannot be read.
    """
    path = path.resolve()
    if not path.exists():
        raise _missing(f"{path} does not exist. Give `serve` the folder or the file of a model.")
    root = path if path.is_dir() else path.parent
    config_file = root / "config.yaml" if path.is_dir() else None
    config = read_config(config_file, overlay)
    class_name = str(config.get("model_class_name") or "Model")
    return Source(root, _model_file(path, config), class_name, config, read_runtime(config))


def _model_file(path: Path, config: Mapping[str, Any]) -> Path:
    if path.is_file():
        if path.suffix != ".py":
            raise _missing(
                f"{path} is not a Python file. Give `serve` the folder or the .py file of a model."
            )
        return path
    filename = str(config.get("model_class_filename") or "model.py")
    nested = path / str(config.get("model_module_dir") or "model") / filename
    for file in (nested, path / filename):
        if file.is_file():
            return file
    raise _missing(
        f"{path} holds neither {nested.relative_to(path)} nor {filename}. Create one with a `class Model`."
    )


def _missing(message: str) -> ModelFailure:
    return ModelFailure(Report("import", "ModelNotFound", message))
