"""What the cache keeps of an object: what decisions need, a fraction of what the API server sends.

A pod is mostly what the kubelet needs to run it, a Deployment mostly its pod template; with thousands of them
the rest is what the operator's memory is made of. Of the children a digest stands for what an apply sets, so
that "someone changed it" and "its status moved" can be told apart without keeping either.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from truss_operator.kube.document import dumps
from truss_operator.kube.resource import (
    BUDGETS,
    CONFIGMAPS,
    CONTROLLERREVISIONS,
    DEPLOYMENTS,
    PODS,
    SERVICES,
    TRUSSMODELS,
    Resource,
)
from truss_operator.observation import Json

_KEPT_METADATA = (
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "labels",
    "ownerReferences",
)
_NOT_APPLIED = ("apiVersion", "kind", "metadata", "status")


def project(resource: Resource, obj: Json) -> dict[str, Any]:
    """The part of an object that is kept."""
    return _PROJECTIONS[resource](obj)


def digest_of(obj: Json) -> str:
    """Stands for all of an object that a user or we may set: equal digests, same content.

    Annotations are left out: ours are notes, which the next apply puts right, and controllers write theirs
    all the time.
    """
    metadata = obj["metadata"]
    content = {key: value for key, value in obj.items() if key not in _NOT_APPLIED}
    content["metadata"] = {key: metadata.get(key) for key in ("labels", "ownerReferences")}
    return hashlib.blake2b(dumps(content, sort_keys=True), digest_size=16).hexdigest()


def _header(obj: Json) -> dict[str, Any]:
    metadata = obj["metadata"]
    return {
        "apiVersion": obj["apiVersion"],
        "kind": obj["kind"],
        "metadata": {key: metadata[key] for key in _KEPT_METADATA if key in metadata},
    }


def _trussmodel(obj: Json) -> dict[str, Any]:
    return {**_header(obj), **{key: obj[key] for key in ("spec", "status") if key in obj}}


def _deployment(obj: Json) -> dict[str, Any]:
    spec = obj["spec"]
    template = spec["template"].get("metadata") or {}
    kept = {key: spec[key] for key in ("replicas", "paused", "progressDeadlineSeconds") if key in spec}
    return {
        **_header(obj),
        "spec": {**kept, "template": {"metadata": {"labels": template.get("labels") or {}}}},
        "status": obj.get("status") or {},
    }


def _controller_revision(obj: Json) -> dict[str, Any]:
    """With its data as text: ten of them a TrussModel, of which one is read now and then."""
    header = _header(obj)
    header["metadata"]["annotations"] = obj["metadata"].get("annotations") or {}
    data = dumps(obj.get("data"), sort_keys=True).decode()
    return {**header, "revision": obj["revision"], "data": data}


def _pod(obj: Json) -> dict[str, Any]:
    spec = obj["spec"]
    kept = {key: spec[key] for key in ("nodeName", "imagePullSecrets") if key in spec}
    containers = [
        {key: c[key] for key in ("name", "image") if key in c} for c in spec.get("containers") or ()
    ]
    volumes = [{"configMap": {"name": name}} for name in _config_maps(spec)]
    return {
        **_header(obj),
        "spec": {**kept, "containers": containers, "volumes": volumes},
        "status": obj.get("status") or {},
    }


def _config_maps(spec: Mapping[str, Any]) -> list[str]:
    volumes = spec.get("volumes") or ()
    return [volume["configMap"]["name"] for volume in volumes if "configMap" in volume]


_PROJECTIONS: dict[Resource, Callable[[Json], dict[str, Any]]] = {
    TRUSSMODELS: _trussmodel,
    DEPLOYMENTS: _deployment,
    SERVICES: _header,
    CONFIGMAPS: _header,
    CONTROLLERREVISIONS: _controller_revision,
    BUDGETS: _header,
    PODS: _pod,
}
