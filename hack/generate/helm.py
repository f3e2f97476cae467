"""The chart as helm renders it: once for every set of values in one run."""

import functools
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from hack.generate.values import CHART

_ROOT = Path(__file__).parents[2]


@functools.cache
def rendered(*arguments: str) -> str:
    """The text of all manifests.

    Args:
        arguments: Further ones of ``helm template``.

    Raises:
        RuntimeError: helm refuses; the message is its own.
    """
    folder = subprocess.run(
        [_ROOT / "hack/tools/helm.sh"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    helm = str(Path(folder.strip()) / "helm") if folder.strip() else "helm"
    command = [
        helm,
        "template",
        "trussmodel-operator",
        str(CHART),
        "--namespace",
        "trussmodel-system",
        *arguments,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def documents(*arguments: str) -> Sequence[Any]:
    """The same as objects."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [document for document in yaml.load_all(rendered(*arguments), Loader=loader) if document]  # safe
