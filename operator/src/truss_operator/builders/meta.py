"""Metadata of a child: where it is, whose it is."""

from typing import Any

from truss_operator.api.v1alpha1 import API_VERSION, KIND, TrussModel
from truss_operator.builders.labels import labels


def child_metadata(model: TrussModel, name: str) -> dict[str, Any]:
    """Metadata of a child of that name: the garbage collector removes it with its TrussModel."""
    return {
        "name": name,
        "namespace": model.metadata.namespace,
        "labels": labels(model),
        "ownerReferences": [
            {
                "apiVersion": API_VERSION,
                "kind": KIND,
                "name": model.metadata.name,
                "uid": model.metadata.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
