"""Volumes of the pod and their mounts: a pod's own API, but for what shows the node's files."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from truss_operator.api.apitype import ApiType, Rule
from truss_operator.api.fields import ObjectName, Opaque, Quantity

ImagePullPolicy = Literal["Always", "IfNotPresent", "Never"]


class PersistentVolumeClaimVolumeSource(ApiType):
    """A PersistentVolumeClaim in the same namespace."""

    claim_name: ObjectName
    """Name of the claim."""
    read_only: bool | None = None
    """Whether every mount of it is read-only."""


class EmptyDirVolumeSource(ApiType):
    """A folder that lives as long as the pod."""

    medium: (
        Annotated[
            str,
            Field(max_length=64),
            Rule(
                "self in ['', 'Memory'] || self.startsWith('HugePages')",
                "a medium is Memory, HugePages, or empty for the node's disk",
            ),
        ]
        | None
    ) = None
    """Memory, for /dev/shm say, or empty for the node's disk."""
    size_limit: Quantity | None = None
    """The most that it may hold. In memory, it counts as the container's."""


class ImageVolumeSource(ApiType):
    """The files of a container image or artifact, read-only. Kubernetes runs these from 1.33 on."""

    reference: Annotated[
        str,
        Field(max_length=1024),
        Rule(
            "self.matches('^[!-~]+$')",
            "an image reference such as registry.example.com/weights:1 is needed: ASCII, no spaces",
        ),
    ]
    """The image."""
    pull_policy: ImagePullPolicy | None = None
    """When it is pulled."""


class Volume(ApiType):
    """A volume of the pod: exactly one source."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "[has(self.persistentVolumeClaim), has(self.emptyDir), has(self.image), has(self.configMap),"
            " has(self.secret), has(self.projected), has(self.downwardAPI), has(self.csi),"
            " has(self.ephemeral), has(self.nfs)].filter(given, given).size() == 1",
            "give exactly one of persistentVolumeClaim, emptyDir, image, configMap, secret, projected,"
            " downwardAPI, csi, ephemeral and nfs; hostPath is refused, since a model has no business with"
            " its node's files",
        ),
    )

    name: Annotated[
        str,
        Field(max_length=63),
        Rule(
            "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            "a volume's name is a DNS label: 1 to 63 of a-z, 0-9 and '-', and no '-' at either end",
        ),
        Rule(
            "!(self in ['tmp', 'config', 'secrets', 'api-keys'])",
            "tmp, config, secrets and api-keys are the operator's own volumes: choose another name",
        ),
    ]
    """Name of the volume, for its mounts."""
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None = None
    """A PersistentVolumeClaim in the same namespace."""
    empty_dir: EmptyDirVolumeSource | None = None
    """A folder that lives as long as the pod."""
    image: ImageVolumeSource | None = None
    """The files of a container image or artifact, read-only. Kubernetes runs these from 1.33 on."""
    config_map: Opaque | None = None
    """A ConfigMap, as in a pod."""
    secret: Opaque | None = None
    """A Secret, as in a pod."""
    projected: Opaque | None = None
    """Several of these in one folder, as in a pod."""
    downward_api: Opaque | None = None
    """Fields of the pod, as in a pod."""
    csi: Opaque | None = None
    """What a CSI driver mounts, as in a pod."""
    ephemeral: Opaque | None = None
    """A claim made for each pod, as in a pod."""
    nfs: Opaque | None = None
    """An NFS export, as in a pod."""


class VolumeMount(ApiType):
    """Where the model's container sees a volume, as in a pod."""

    name: Annotated[str, Field(min_length=1, max_length=63)]
    """Name of the volume in `volumes`."""
    mount_path: Annotated[
        str,
        Field(max_length=1024),
        Rule("self.startsWith('/')", "a mount's path is absolute: begin it with '/'"),
        Rule(
            "!self.matches('^/(tmp|secrets(/.*)?|api-keys(/.*)?|etc/trussmodel(/.*)?)/?$')",
            "the operator itself mounts /tmp, /secrets, /api-keys and /etc/trussmodel: choose another path",
        ),
    ]
    """Path in the container: /models, /dev/shm, ..."""
    read_only: bool | None = None
    """Whether it is read-only there."""
    sub_path: str | None = None
    """The folder or file in the volume that is mounted, by default all of it."""
