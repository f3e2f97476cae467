"""The model's configuration: config.yaml, with the JSON that the operator mounts merged over it.

Mappings merge key by key, anything else replaces: what ``spec.config`` of a TrussModel promises.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truss_runtime.failure import ModelFailure, Report


def read_config(file: Path | None, overlay: Path | None) -> dict[str, Any]:
    """Returns the merged configuration, empty where there is none.

    Raises:
        ModelFailure: a file cannot be read, is not YAML or JSON, or holds no mapping.
    """
    config: Mapping[str, Any] = {}
    if file is not None and file.is_file():
        config = _mapping(file, _parse_yaml(file))
    if overlay is not None:
        config = merge(config, _mapping(overlay, _parse_json(overlay)))
    return dict(config)


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Returns ``over`` laid over ``base``: mappings are merged key by key, anything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = (
            merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def _parse_yaml(file: Path) -> Any:
    import yaml  # late: a model without config.yaml should not pay for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(file.read_text(), Loader=loader)  # noqa: S506 - either loader is a safe one
    except (yaml.YAMLError, OSError, UnicodeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark is not None else str(file)
        raise _invalid(
            f"{place}: not readable as YAML: {getattr(error, 'problem', None) or error}."
        ) from error


def _parse_json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise _invalid(f"{file}: {error.strerror}. It is what --config or TRUSS_CONFIG names.") from error
    except ValueError as error:
        raise _invalid(f"{file}: not readable as JSON: {error}.") from error


def _mapping(file: Path, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _invalid(f"{file}: holds a {type(value).__name__}. Write a mapping of names to values.")
    return value


def _invalid(message: str) -> ModelFailure:
    return ModelFailure(Report("import", "InvalidModel", message))
