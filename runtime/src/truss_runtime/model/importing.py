"""Imports the file of a model by its path and finds the class in it.

Flow: locate → **import** → init → routes → load.

The folder of the file becomes a package of its own, so that ``from .helper import x`` works, and stands on
``sys.path``, so that ``import helper`` does. The root of a Truss directory and its packages folders stand
there too. The environment variables of config.yaml are set first, for code may read them when it is imported.
"""

import importlib.util
import os
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from truss_runtime.failure import ModelFailure, Reason, Report, failure_of
from truss_runtime.model.source import Source

PACKAGE = "model"
"""The name that the folder of the model file is imported under, as in a Truss directory."""


def import_class(source: Source) -> type[Any]:
    """Imports the model file and returns its class.

    Raises:
        ModelFailure: the file cannot be imported or defines no such class.
    """
    _set_variables(source.config.get("environment_variables") or {})
    _extend_path(source)
    try:
        module = _import_file(source.file)
    except (Exception, SystemExit) as error:
        raise _import_failure(error, source) from error
    found = getattr(module, source.class_name, None)
    if isinstance(found, type):
        return found
    own = [
        name
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    ]
    hint = f"it defines {', '.join(own)}. " if own else ""
    raise ModelFailure(
        Report(
            "import",
            "ModelNotFound",
            f"{source.file}: no class {source.class_name}; {hint}"
            f"Define `class {source.class_name}` there, or name yours as model_class_name in config.yaml.",
        )
    )


def _extend_path(source: Source) -> None:
    for folder in (source.root, source.file.parent):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    for folder in (source.packages_dir, *source.external_package_dirs):
        if folder.is_dir():
            sys.path.append(str(folder))


def _set_variables(variables: Any) -> None:
    """Sets those that the process does not have: in a Truss image they are the image's, and a pod's win."""
    if not isinstance(variables, Mapping):
        message = "config.yaml: environment_variables must be a mapping of names to values."
        raise ModelFailure(Report("import", "InvalidModel", message))
    for name, value in variables.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        os.environ.setdefault(str(name), text)


def _import_file(file: Path) -> ModuleType:
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(f"{PACKAGE}.")]:
        del sys.modules[name]  # of a model imported earlier in this process
    initialiser = file.parent / "__init__.py"
    if initialiser.is_file():
        spec = importlib.util.spec_from_file_location(
            PACKAGE, initialiser, submodule_search_locations=[str(file.parent)]
        )
    else:
        spec = ModuleSpec(PACKAGE, None, is_package=True)
        spec.submodule_search_locations = [str(file.parent)]
    package = _execute(spec)
    name = file.stem
    module = sys.modules.get(f"{PACKAGE}.{name}") or _execute(
        importlib.util.spec_from_file_location(f"{PACKAGE}.{name}", file)
    )
    setattr(package, name, module)
    return module


def _execute(spec: ModuleSpec | None) -> ModuleType:
    if spec is None:
        raise ImportError("not a Python source file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    if spec.loader is not None:
        spec.loader.exec_module(module)
    return module


def _import_failure(error: BaseException, source: Source) -> ModelFailure:
    reason: Reason = "ImportError"
    if isinstance(error, SyntaxError):
        reason, remedy = "SyntaxError", "Correct that line."
    elif isinstance(error, ModuleNotFoundError):
        remedy = f"Install what provides `{error.name}` in the image, or put it beside {source.file.name}."
    else:
        remedy = f"Importing {source.file.name} must not raise: correct that line."
    return failure_of(error, "import", reason, root=source.root, remedy=remedy)
