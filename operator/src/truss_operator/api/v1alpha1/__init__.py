"""TrussModel, version v1alpha1 of the group trussmodel.dev."""

from truss_operator.api.v1alpha1.spec import TrussModelSpec
from truss_operator.api.v1alpha1.status import (
    Condition,
    LastFailure,
    Outcome,
    RevisionStatus,
    RouteStatus,
    TrussModelStatus,
)
from truss_operator.api.v1alpha1.trussmodel import (
    API_VERSION,
    GROUP,
    KIND,
    PLURAL,
    VERSION,
    ObjectMeta,
    TrussModel,
)

__all__ = [
    "API_VERSION",
    "GROUP",
    "KIND",
    "PLURAL",
    "VERSION",
    "Condition",
    "LastFailure",
    "ObjectMeta",
    "Outcome",
    "RevisionStatus",
    "RouteStatus",
    "TrussModel",
    "TrussModelSpec",
    "TrussModelStatus",
]
