"""The CustomResourceDefinition of TrussModel, made from its types. Pure: `make generate` writes it down."""

from typing import Any

from truss_operator.api.schema import structural_schema
from truss_operator.api.v1alpha1 import GROUP, KIND, PLURAL, VERSION, TrussModel

CRD_NAME = f"{PLURAL}.{GROUP}"

_READY = '.status.conditions[?(@.type=="Ready")]'
_COLUMNS = (
    ("Environment", "string", ".spec.environment", 0),
    ("Ready", "string", f"{_READY}.status", 0),
    ("Routes", "string", ".status.routesSummary", 0),
    ("Replicas", "string", ".status.replicasSummary", 0),
    ("Reason", "string", f"{_READY}.reason", 0),
    ("Age", "date", ".metadata.creationTimestamp", 0),
    ("URL", "string", ".status.url", 1),
    ("Image", "string", ".spec.image", 1),
)
"""Name, type, path and priority of what `kubectl get` prints; priority 1 is for `-o wide`."""

_STANDARD = {
    "apiVersion": "Version of the API that this object is written in.",
    "kind": "Kind of this object: TrussModel.",
}


def custom_resource_definition() -> dict[str, Any]:
    """The definition as an object to apply."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": CRD_NAME},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": KIND,
                "listKind": f"{KIND}List",
                "plural": PLURAL,
                "singular": KIND.lower(),
                "shortNames": ["tm"],
                "categories": ["all"],
            },
            "versions": [_version()],
        },
    }


def _version() -> dict[str, Any]:
    return {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.replicas",
                "statusReplicasPath": ".status.replicas",
                "labelSelectorPath": ".status.selector",
            },
        },
        "additionalPrinterColumns": [_column(*column) for column in _COLUMNS],
        "schema": {"openAPIV3Schema": _schema()},
    }


def _column(name: str, kind: str, path: str, priority: int) -> dict[str, Any]:
    column = {"name": name, "type": kind, "jsonPath": path}
    return {**column, "priority": priority} if priority else column


def _schema() -> dict[str, Any]:
    """The schema of the whole object.

    Of metadata only the name may stand there, which the rule on it refers to: the API server knows the rest.
    The default of ``status`` makes a new object read as not yet seen.
    """
    schema = structural_schema(TrussModel)
    standard = {name: {"description": text, "type": "string"} for name, text in _STANDARD.items()}
    properties = schema["properties"]
    metadata = {"type": "object", "properties": {"name": {"type": "string"}}}
    status = {**properties["status"], "default": {"observedGeneration": -1}}
    del status["properties"]["observedGeneration"]["default"]
    schema["required"] = ["spec"]
    schema["properties"] = {**standard, "metadata": metadata, "spec": properties["spec"], "status": status}
    return schema
