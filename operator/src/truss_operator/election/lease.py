"""The Lease as a value, and as the API's manifest (``coordination.k8s.io/v1``). Pure.

A Lease says who holds it, for how long, and since when; every write of it is a sign of life of the holder.
Source of the fields: Kubernetes API reference, LeaseSpec; of their use: client-go's leader election.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from truss_operator.times import micro_time


@dataclass(frozen=True, slots=True)
class Lease:
    """One state of the Lease."""

    holder: str
    """Identity of the process that holds it; empty when it was released."""
    seconds: int
    """How long it is good without another sign of life."""
    transitions: int = 0
    """How often it has gone from one holder to another."""
    acquired: str = ""
    """Since when the holder has it, as in the manifest."""
    resource_version: str = ""
    """Of the object that it was read from; empty for one that is not there."""


def lease_of(obj: Mapping[str, Any]) -> Lease:
    """Reads the object. What is missing or odd counts as released: then the next writer puts it right."""
    spec = obj.get("spec") or {}
    return Lease(
        holder=spec.get("holderIdentity") or "",
        seconds=spec.get("leaseDurationSeconds") or 0,
        transitions=spec.get("leaseTransitions") or 0,
        acquired=spec.get("acquireTime") or "",
        resource_version=obj["metadata"]["resourceVersion"],
    )


def spec_of(lease: Lease, renewed: datetime) -> dict[str, Any]:
    """``spec`` of the object, with the time of this sign of life."""
    return {
        "holderIdentity": lease.holder,
        "leaseDurationSeconds": lease.seconds,
        "leaseTransitions": lease.transitions,
        "acquireTime": lease.acquired or micro_time(renewed),
        "renewTime": micro_time(renewed),
    }
