"""Lets kopf's watches begin without a list of everything: the operator lists by itself.

kopf gives each object of a list a task and a queue, and passes it on like an event: 0.4 ms each, so with
10,000 TrussModels and their children half a minute in which no change is seen. Here its lists ask for an
object that cannot be. They come empty, with the moment from which to watch; what was there before, a list of
ours tells that is begun after them (`controller.resync`), and that keeps one page in memory at a time.
"""

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from yarl import URL

from truss_operator.controller.scope import Place
from truss_operator.kube.resource import WATCHED

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
    return "watch" not in url.query and place_at(url) is not None


def place_at(url: URL) -> Place | None:
    """Of what this is the collection; None if it is none that is watched."""
    for resource in WATCHED:
        head = resource.path().removesuffix(resource.plural)
        if not url.path.startswith(head):
            continue
        match url.path.removeprefix(head).split("/"):
            case [resource.plural]:
                return Place(resource, "")
            case ["namespaces", namespace, resource.plural]:
                return Place(resource, namespace)
    return None
