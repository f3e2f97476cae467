"""The name of one TrussModel: what the queue holds and all state is kept by."""

from typing import NamedTuple

from truss_operator.observation import Json


class Key(NamedTuple):
    """Namespace and name of an object."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def key_of(obj: Json) -> Key:
    """The key of an object."""
    metadata = obj["metadata"]
    return Key(metadata["namespace"], metadata["name"])
