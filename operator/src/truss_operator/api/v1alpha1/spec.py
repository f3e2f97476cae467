"""``spec``: what a user asks for. A field stands here only once it has effect."""

from typing import Annotated, Any, ClassVar

from pydantic import Field

from truss_operator.api.apitype import ApiType, Extension, Rule
from truss_operator.api.fields import ATOMIC, SET, Int32, ObjectName, Opaque, map_by
from truss_operator.api.v1alpha1.env import EnvFromSource, EnvVar
from truss_operator.api.v1alpha1.pod_template import PodTemplate
from truss_operator.api.v1alpha1.probes import Probes
from truss_operator.api.v1alpha1.rollout import Rollout, RouteKind
from truss_operator.api.v1alpha1.scheduling import PodResourceClaim, ResourceRequirements, Toleration
from truss_operator.api.v1alpha1.settings import Auth, Concurrency, Requests, Timeouts
from truss_operator.api.v1alpha1.volumes import ImagePullPolicy, Volume, VolumeMount


class LocalObjectReference(ApiType):
    """Names an object in the same namespace."""

    name: ObjectName
    """Name of the object."""


class SecretKey(ApiType):
    """One key of a Secret in the same namespace."""

    name: ObjectName
    """Name of the Secret."""
    key: Annotated[str, Field(min_length=1, max_length=253)]
    """Key in the Secret's data."""


class TrussModelSpec(ApiType):
    """What is asked for: only ``image`` is required."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            "!has(self.secrets)"
            " || self.secrets.all(name, name.matches('^[A-Za-z0-9_][-._A-Za-z0-9]{0,252}$'))",
            "a secret's name becomes a file's: at most 253 letters, digits, '-', '_' and '.', and neither '-'"
            " nor '.' first",
            field_path=".secrets",
        ),
        Rule(
            "!has(self.volumeMounts) || self.volumeMounts.all(mount,"
            " has(self.volumes) && self.volumes.exists(volume, volume.name == mount.name))",
            "a mount names one of spec.volumes",
            field_path=".volumeMounts",
        ),
        Rule(
            "!has(self.rollout) || !has(self.rollout.progressDeadlineSeconds) || !has(self.timeouts)"
            " || !has(self.timeouts.loadSeconds)"
            " || self.rollout.progressDeadlineSeconds > self.timeouts.loadSeconds",
            "a rollout must outlast a load: make progressDeadlineSeconds longer than timeouts.loadSeconds",
            field_path=".rollout.progressDeadlineSeconds",
        ),
    )

    image: Annotated[
        str,
        Field(max_length=1024),
        Rule(
            "self.matches('^[!-~]+$')",
            "an image reference such as registry.example.com/echo:1.4.0 is needed: ASCII, no spaces",
        ),
    ]
    """The container image that holds the model, and whose entry point is the runtime:
    ``registry.example.com/echo:1.4.0``. A change makes a new revision."""
    image_pull_policy: ImagePullPolicy | None = None
    """When the image is pulled. By default IfNotPresent, and Always for the tag latest or none."""
    environment: Annotated[
        str,
        Field(max_length=63),
        Rule(
            "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",
            "an environment is a DNS label: 1 to 63 of a-z, 0-9 and '-', with a letter or digit at both ends",
        ),
        Rule(
            "self == oldSelf",
            "an object's environment never changes: create another TrussModel for the other one",
        ),
    ] = "production"
    """The environment that this object is of, as in the URL form ``/environments/{environment}/...``; given
    to the Model as ``environment``. A DNS label. It never changes on an object."""
    model: (
        Annotated[
            str,
            Field(max_length=63),
            Rule(
                "self.matches('^[-a-z0-9./]+$')",
                "a model's name is 1 to 63 characters of a-z, 0-9, '-', '.' and '/'",
            ),
        ]
        | None
    ) = None
    """The model's name on the OpenAI routes (``model`` in a request, ``id`` at /v1/models), which the objects
    of several environments share. By default metadata.name. It never changes on an object."""
    replicas: Annotated[Int32, Field(ge=0)] = 1
    """How many pods serve the model. 0 keeps everything but the pods."""
    resources: ResourceRequirements | None = None
    """Resources of the model's container, as in a pod."""
    env: Annotated[list[EnvVar], Field(max_length=256), map_by("name")] | None = None
    """Environment variables of the model's container, as in a pod. For passwords and tokens prefer
    ``secrets``, which are never in the environment."""
    env_from: Annotated[list[EnvFromSource], Field(max_length=64), ATOMIC] | None = None
    """ConfigMaps and Secrets whose keys all become environment variables, as in a pod."""
    secrets: Annotated[dict[str, SecretKey], Field(max_length=64)] | None = None
    """Secrets of the Model by the name that it knows them by: ``secrets["hf_token"]`` in Python. Each is
    mounted as a file of that name under /secrets, and never in the environment."""
    config: Annotated[dict[str, Any], Extension({"x-kubernetes-preserve-unknown-fields": True})] | None = None
    """Merged over the image's config.yaml, key by key, and given to the Model as ``config``."""
    concurrency: Concurrency | None = None
    """How many requests the model takes at once."""
    timeouts: Timeouts | None = None
    """How long things may take, in whole seconds."""
    requests: Requests | None = None
    """How requests are read."""
    auth: Auth | None = None
    """Who may call the model. Unset, everyone who reaches it."""
    probes: Probes | None = None
    """The pace of the probes, where the usual one does not fit."""
    volumes: Annotated[list[Volume], Field(max_length=32), map_by("name")] | None = None
    """Volumes of the pod: claims with the model's weights, shared memory, ..."""
    volume_mounts: Annotated[list[VolumeMount], Field(max_length=32), map_by("mountPath")] | None = None
    """Where the model's container sees ``volumes``."""
    required_routes: Annotated[list[RouteKind], Field(max_length=16), SET] | None = None
    """Kinds of route without which a pod does not turn ready."""
    rollout: Rollout | None = None
    """How a new revision takes over, and what happens when it fails."""
    paused: bool | None = None
    """Whether revisions stay as they are: a change of spec waits until this is false. Scaling goes on."""
    image_pull_secrets: Annotated[list[LocalObjectReference], Field(max_length=16), map_by("name")] | None = (
        None
    )
    """Secrets with which the image is pulled, as in a pod."""
    service_account_name: ObjectName | None = None
    """ServiceAccount that the pods run as. Its token is not mounted."""
    node_selector: Annotated[dict[str, str], Field(max_length=64)] | None = None
    """Labels that a node must have to run the pods."""
    tolerations: Annotated[list[Toleration], Field(max_length=64), ATOMIC] | None = None
    """Taints that the pods tolerate, as in a pod."""
    affinity: Opaque | None = None
    """Which nodes, and which pods beside them, the pods prefer or need, as in a pod."""
    topology_spread_constraints: Annotated[list[Opaque], Field(max_length=16), ATOMIC] | None = None
    """How the pods are spread over zones and nodes, as in a pod. Without a labelSelector, one counts the pods
    of this TrussModel."""
    priority_class_name: ObjectName | None = None
    """PriorityClass of the pods."""
    runtime_class_name: ObjectName | None = None
    """RuntimeClass that the pods run in: nvidia, gvisor, ..."""
    resource_claims: Annotated[list[PodResourceClaim], Field(max_length=32), map_by("name")] | None = None
    """Claims of the pod to devices (dynamic resource allocation), for ``resources.claims``."""
    pod_template: PodTemplate | None = None
    """Whatever of a pod has no field here, merged over what the operator builds."""
