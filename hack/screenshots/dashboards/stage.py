"""Who takes part in the scene, and how Prometheus comes to know of them."""

import asyncio
from dataclasses import dataclass

from controllers import NAME, REVISION
from controlplane import ControlPlane

from .node import Node
from .operators import Operators
from .prometheus import MODELS, OPERATORS, Prometheus, Target
from .release import NAMESPACE, Release


@dataclass
class Stage:
    """All who take part."""

    plane: ControlPlane
    nodes: dict[str, Node]
    """By namespace."""
    operators: Operators
    prometheus: Prometheus
    release: Release

    def scrape(self) -> None:
        """Tells Prometheus who is there, with the labels that the chart's monitors would give."""
        own = {"namespace": NAMESPACE, "job": self.release.service, "service": self.release.service}
        own |= {"endpoint": "http", "container": "operator"}
        self.prometheus.scrape(
            OPERATORS,
            [
                Target(f"{address}:8080", {**own, "pod": pod})
                for pod, address in self.operators.addresses().items()
            ],
        )
        theirs = {"job": self.release.models, "endpoint": "admin", "container": "model"}
        self.prometheus.scrape(
            MODELS,
            [
                Target(
                    f"{container.address}:8081",
                    {
                        **theirs,
                        "namespace": namespace,
                        "pod": pod,
                        "trussmodel": container.labels[NAME],
                        "revision": container.labels[REVISION],
                    },
                )
                for namespace, node in self.nodes.items()
                for pod, container in node.running().items()
            ],
        )

    async def follow(self) -> None:
        """Tells it again and again."""
        while True:
            self.scrape()
            await asyncio.sleep(1)
