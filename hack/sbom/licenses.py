"""The licenses of Python distributions and of Debian packages, as each of them declares them."""

import re
from typing import Any, Protocol

from cyclonedx.spdx import is_expression

_SPDX = {
    "Apache 2.0": "Apache-2.0",
    "MIT License": "MIT",
}
"""What some write who do not write an expression."""

_OWN_WORDS = {"uvloop": "MIT OR Apache-2.0"}
"""Distributions whose metadata names less than their own license files do."""


class Metadata(Protocol):
    """A distribution's, as `email` and `importlib.metadata` have it."""

    def get_all(self, name: str, /) -> list[Any] | None:
        """The values of a field."""
        ...


def of_distribution(metadata: Metadata) -> str:
    """The SPDX expression of what a distribution's metadata declares.

    Raises:
        ValueError: It declares none, or one that is no expression.
    """
    (name, *_) = metadata.get_all("Name") or [""]
    (declared, *_) = metadata.get_all("License-Expression") or metadata.get_all("License") or [""]
    expression = _OWN_WORDS.get(name) or _SPDX.get(declared, declared)
    if not is_expression(expression):
        raise ValueError(
            f"{name} declares the license {declared!r}: say in hack/sbom/licenses.py what that is"
        )
    return expression


def of_package(name: str, copyright_file: str | None) -> list[str]:
    """The names that a Debian package's copyright file calls its licenses by; else where it is to be read."""
    if copyright_file and copyright_file.startswith("Format:"):
        named = re.findall(r"^License: *(\S.*)$", copyright_file, re.MULTILINE)
        return sorted(set(named))
    return [f"see /usr/share/doc/{name}/copyright"]
