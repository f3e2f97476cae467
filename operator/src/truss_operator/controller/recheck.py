"""One object afresh: after the API server has said that it is not what the cache has."""

from truss_operator.controller.cache import Cache
from truss_operator.controller.key import Key
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import NotFound
from truss_operator.kube.resource import Resource
from truss_operator.observation import Json


async def recheck(api: KubeApi, cache: Cache, resource: Resource, key: Key) -> Json | None:
    """Reads an object from the store and puts the cache right; returns it, or None when it is gone.

    Raises:
        ApiError: The call failed.
    """
    known = cache.get(resource, key)
    try:
        live = await api.get(resource, *key)
    except NotFound:
        if known is not None:
            cache.remove(resource, known.object)
        return None
    cache.put(resource, live)
    return live
