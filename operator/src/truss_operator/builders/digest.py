"""A short name for a value, by its content: revisions and ConfigMaps are named so."""

import hashlib
import json
from typing import Any


def canonical(value: Any) -> str:
    """The value as JSON text, always the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """Ten hexadecimal digits that stand for the text: fit for a label and a name."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]
