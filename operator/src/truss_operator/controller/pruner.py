"""Deletes what is no longer needed: former configs, the budget of a single replica, revisions of long ago.

A ConfigMap is named by its content, so each change of ``spec.config`` leaves one behind. A rolling update's
old pods still mount it, and the old ReplicaSet may still start one: it goes when the Deployment has no pod
but new ones.
"""

import logging
from collections.abc import Collection

from truss_operator.builders.labels import REVISION_LABEL
from truss_operator.controller.cache import Cache, Entry
from truss_operator.controller.key import Key
from truss_operator.controller.ownership import is_ours
from truss_operator.kube.api import KubeApi
from truss_operator.kube.errors import Conflict, NotFound
from truss_operator.kube.resource import (
    BUDGETS,
    CONFIGMAPS,
    CONTROLLERREVISIONS,
    DEPLOYMENTS,
    PODS,
    Resource,
)
from truss_operator.observation import Json

log = logging.getLogger(__name__)


async def prune_config_maps(api: KubeApi, cache: Cache, owner: Key, uid: str, wanted: set[str]) -> None:
    """Deletes unwanted ConfigMaps of a TrussModel, if its rollout is over and no pod mounts them.

    Args:
        api: The API server.
        cache: What is there.
        owner: The TrussModel.
        uid: Its uid.
        wanted: Names of the ConfigMaps to keep.

    Raises:
        ApiError: As any call.
    """
    stale = [
        entry
        for entry in cache.owned(CONFIGMAPS, owner)
        if entry.object["metadata"]["name"] not in wanted
        and entry.object["metadata"]["name"].startswith(f"{owner.name}-config-")
        and "deletionTimestamp" not in entry.object["metadata"]
        and is_ours(entry.object, uid)
    ]
    if not stale:
        return
    deployment = cache.get(DEPLOYMENTS, owner)
    if deployment is None or not rolled_out(deployment.object):
        return
    mounted = {
        volume["configMap"]["name"]
        for pod in cache.owned(PODS, owner)
        for volume in pod.object["spec"]["volumes"]
    }
    for entry in stale:
        metadata = entry.object["metadata"]
        if metadata["name"] in mounted:
            continue
        if await _delete(api, CONFIGMAPS, entry):
            log.info("deleted ConfigMap %s: of a former spec.config", metadata["name"])


async def prune_budgets(api: KubeApi, cache: Cache, owner: Key, uid: str, wanted: set[str]) -> None:
    """Deletes the PodDisruptionBudget of a TrussModel that has no replicas to spare any more.

    Args:
        api: The API server.
        cache: What is there.
        owner: The TrussModel.
        uid: Its uid.
        wanted: Names of the budgets to keep.

    Raises:
        ApiError: As any call.
    """
    for entry in list(cache.owned(BUDGETS, owner)):
        metadata = entry.object["metadata"]
        if metadata["name"] in wanted or "deletionTimestamp" in metadata or not is_ours(entry.object, uid):
            continue
        await _delete(api, BUDGETS, entry)


async def prune_revisions(api: KubeApi, cache: Cache, owner: Key, uid: str, surplus: Collection[str]) -> None:
    """Deletes the ControllerRevisions of those revisions.

    Raises:
        ApiError: As any call.
    """
    for entry in list(cache.owned(CONTROLLERREVISIONS, owner)):
        metadata = entry.object["metadata"]
        if (metadata.get("labels") or {}).get(REVISION_LABEL) in surplus and is_ours(entry.object, uid):
            await _delete(api, CONTROLLERREVISIONS, entry)


async def _delete(api: KubeApi, resource: Resource, entry: Entry) -> bool:
    metadata = entry.object["metadata"]
    try:
        await api.delete(
            resource,
            metadata["namespace"],
            metadata["name"],
            uid=metadata["uid"],
            resource_version=entry.resource_version,
        )
    except (NotFound, Conflict):
        return False  # gone, or changed since: the watch brings it back here if it still matters
    return True


def rolled_out(deployment: Json) -> bool:
    """Whether a Deployment has only pods of its current template."""
    status = deployment["status"]
    return bool(
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    )
