"""What the operator refuses of ``spec.podTemplate``: what lets a pod out of its box, or undoes its own work.

The rest of what is wrong there the API server says when the Deployment is applied.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.env import RESERVED
from truss_operator.builders.container import CONTAINER_NAME

_NODE_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_PATH = "spec.podTemplate.spec"


def refusals_of(model: TrussModel) -> tuple[str, ...]:
    """Each thing that is refused, as its field, why, and what to do; nothing when all is well."""
    template = model.spec.pod_template
    return tuple(_refused(template.spec or {})) if template is not None else ()


def _refused(pod: Mapping[str, Any]) -> Iterator[str]:
    for field in _NODE_NAMESPACES:
        if pod.get(field):
            yield f"{_PATH}.{field}: a pod that shares its node's namespaces sees other pods: leave it out"
    for path, volume in _items(_PATH, pod, "volumes"):
        if "hostPath" in volume:
            yield f"{path}.hostPath: a model has no business with its node's files: use a claim or an image"
    yield from _security(_PATH, pod)
    for kind in ("containers", "initContainers"):
        for path, container in _items(_PATH, pod, kind):
            yield from _security(path, container)
            if kind == "containers" and container.get("name") == CONTAINER_NAME:
                yield from _own(path, container)


def _security(path: str, holder: Mapping[str, Any]) -> Iterator[str]:
    context = _object(holder, "securityContext")
    path = f"{path}.securityContext"
    if context.get("privileged"):
        yield f"{path}.privileged: a privileged container is root on its node: leave it out"
    if _object(context, "windowsOptions").get("hostProcess"):
        yield f"{path}.windowsOptions.hostProcess: such a container is the node's own: leave it out"
    if _object(context, "capabilities").get("add"):
        yield f"{path}.capabilities.add: capabilities may be dropped, not added: leave it out"


def _own(path: str, container: Mapping[str, Any]) -> Iterator[str]:
    """What of the model's container has a field in spec, by which the operator knows of it."""
    if "image" in container:
        yield f"{path}.image: the model's image is spec.image: set that instead"
    for where, variable in _items(path, container, "env"):
        name = variable.get("name")
        if name in RESERVED:
            yield f"{where}.name: {name} is reserved: {RESERVED[name]}"


def _object(holder: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, Mapping) else {}


def _items(path: str, holder: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a list with the path of each."""
    items = holder.get(key)
    for place, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield f"{path}.{key}[{place}]", item
