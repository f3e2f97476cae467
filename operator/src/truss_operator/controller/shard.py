"""Reads single TrussModels as the watch shows them: one that the selector no longer picks is gone.

Between the change of a label and the news of it a conflict has a TrussModel read afresh. Read by its name it
would come back into the cache, after which no watch would tell of it: it is another operator's.
"""

from typing import Any

from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import NotFound
from truss_operator.kube.passing import PassingApi
from truss_operator.kube.resource import TRUSSMODELS, Resource


class ShardApi(PassingApi):
    """`KubeApi` for which there are no TrussModels but those that a selector picks.

    Args:
        api: The API server.
        selector: Label selector; the API server is asked what it picks.
    """

    def __init__(self, api: KubeApi, selector: str) -> None:
        super().__init__(api)
        self._selector = selector

    async def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """See `KubeApi.get`."""
        if resource is not TRUSSMODELS:
            return await super().get(resource, namespace, name)
        async for page in self.list(
            resource,
            namespace=namespace,
            label_selector=self._selector,
            field_selector=f"metadata.name={name}",
        ):
            for obj in page.items:
                return obj
        raise NotFound(
            f"{resource.plural} {namespace}/{name} is not there, or is not picked by {self._selector}"
        )
