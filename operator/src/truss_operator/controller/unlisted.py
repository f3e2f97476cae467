"""Lets kopf's watches begin without a list of everything: the operator lists by itself.

kopf gives each object of a list a task and a queue, and passes it on like an event: 0.4 ms each, so with
10,000 TrussModels and their children half a minute in which no change is seen. Here its lists ask for an
object that cannot be. They come empty, with the moment from which to watch; what was there before, a list of
ours tells that is begun after them (`controller.resync`), and that keeps one page in memory at a time.
"""

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from yarl import URL

from truss_operator.kube.resource import WATCHED, Resource

NOBODY = "metadata.name=-"
"""A field selector that no object meets: no name begins with a dash (RFC 1123)."""


async def list_nothing(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """A middleware for the session that kopf watches with."""
    if request.method == "GET" and is_list(request.url):
        # Without the limit the API server answers from its cache.
        request.url = request.url.without_query_params("limit").update_query(fieldSelector=NOBODY)
    return await handler(request)


def is_list(url: URL) -> bool:
    """Whether a request for it lists what is watched, and does not watch it."""
    return "watch" not in url.query and resource_at(url) is not None


def resource_at(url: URL) -> Resource | None:
    """Of what this is the collection, in a namespace or in all; None if it is none that is watched."""
    for resource in WATCHED:
        head = resource.path().removesuffix(resource.plural)
        if url.path.startswith(head) and url.path.endswith(f"/{resource.plural}"):
            return resource
    return None
