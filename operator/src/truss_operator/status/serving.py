"""Which revision serves, which routes it answers and which image it runs.

An older revision that serves keeps its routes in the status for as long as it has pods; the wanted one takes
over when its pods take the requests and its runtime has told its routes, in one step.
"""

from dataclasses import dataclass

from truss_operator.api.v1alpha1 import RouteStatus, TrussModel, TrussModelStatus
from truss_operator.builders.container import CONTAINER_NAME
from truss_operator.observation import Course, Route, RouteReport
from truss_operator.status.image import with_digest
from truss_operator.status.pods import Pod
from truss_operator.status.prose import one_line
from truss_operator.status.rollout import Rollout

_MOST_ROUTES = 64
_TEXT_BYTES = 256


@dataclass(frozen=True, slots=True)
class Serving:
    """What is known of the revision that serves."""

    revision: str
    routes: tuple[RouteStatus, ...]
    image: str


def serving_of(
    model: TrussModel,
    course: Course,
    rollout: Rollout,
    pods: tuple[Pod, ...],
    told: RouteReport | None,
) -> Serving | None:
    """The revision that serves, or None when none does or nothing is known of its routes yet."""
    before, wanted = _before(model.status), course.revision
    if told is not None and told.revision == wanted and takes_requests(rollout, pods, wanted):
        routes = tuple(_route(route) for route in told.routes[:_MOST_ROUTES])
        return Serving(wanted, routes, _image(course, before, pods))
    if before is None:
        return None
    if before.revision == wanted:
        return Serving(wanted, before.routes, _image(course, before, pods))
    left = any(pod.revision == before.revision for pod in pods)
    return before if left and not takes_requests(rollout, pods, wanted) else None


def takes_requests(rollout: Rollout, pods: tuple[Pod, ...], wanted: str) -> bool:
    """Whether requests reach the wanted revision and no other."""
    if rollout.complete:
        return rollout.available > 0
    ready = {pod.revision for pod in pods if pod.ready}
    return rollout.current and rollout.available > 0 and ready == {wanted}


def known_routes(status: TrussModelStatus, revision: str) -> tuple[Route, ...] | None:
    """The routes that a status holds for a revision, or None when it holds none for it."""
    before = _before(status)
    if before is None or before.revision != revision:
        return None
    return tuple(Route(route.kind, route.method, route.path, route.streaming) for route in before.routes)


def _before(status: TrussModelStatus) -> Serving | None:
    if not status.active_revision or status.routes is None:
        return None
    return Serving(status.active_revision, tuple(status.routes), status.image or "")


def _route(route: Route) -> RouteStatus:
    return RouteStatus(
        kind=one_line(route.kind, _TEXT_BYTES),
        method=one_line(route.method, _TEXT_BYTES),
        path=one_line(route.path, _TEXT_BYTES),
        streaming=route.streaming,
    )


def _image(course: Course, before: Serving | None, pods: tuple[Pod, ...]) -> str:
    """What the ready pods run. While one of them still runs what was said before, that stays."""
    images = sorted(
        {
            with_digest(course.image, one_line(container.image_id, _TEXT_BYTES))
            for pod in pods
            if pod.ready and pod.revision == course.revision
            for container in pod.containers
            if container.name == CONTAINER_NAME
        }
    )
    if (
        before is not None
        and before.revision == course.revision
        and before.image
        and (not images or before.image in images)
    ):
        return before.image
    return images[0] if images else course.image
