"""What the operator refuses of ``spec.podTemplate``: what lets a pod out of its box, or undoes its own work.

The box is the baseline Pod Security Standard, whatever the namespace enforces, and no added capability at all
(https://kubernetes.io/docs/concepts/security/pod-security-standards/). What restricted asks for beyond it is
the default of a pod, and the namespace's to enforce. The rest of what is wrong there the API server says when
the Deployment is applied.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from truss_operator.api.v1alpha1 import TrussModel
from truss_operator.api.v1alpha1.env import RESERVED
from truss_operator.builders.container import CONTAINER_NAME

_NODE_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")
_SELINUX_TYPES = ("container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
)
_CALLED_BY_THE_KUBELET = (
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle.postStart",
    "lifecycle.preStop",
)
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
"""The API server makes the field of such an annotation."""
_TEMPLATE = "spec.podTemplate"
_PATH = f"{_TEMPLATE}.spec"


def refusals_of(model: TrussModel) -> tuple[str, ...]:
    """Each thing that is refused, as its field, why, and what to do; nothing when all is well."""
    template = model.spec.pod_template
    if template is None:
        return ()
    pod = template.spec or {}
    own = (
        refusal
        for path, container in _items(_PATH, pod, "containers")
        if container.get("name") == CONTAINER_NAME
        for refusal in _own(path, container)
    )
    return (*escapes_of(template.as_json()), *own)


def escapes_of(template: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a pod template, or of a part of one, lets the pod out of its box; each as in `refusals_of`."""
    annotations = _object(_object(template, "metadata"), "annotations")
    profiles = (
        f"{_TEMPLATE}.metadata.annotations[{key}]: without a profile the node's kernel is open: leave it out"
        for key, profile in annotations.items()
        if key.startswith(_APPARMOR) and profile == "unconfined"
    )
    return (*profiles, *_escapes(_object(template, "spec"), _PATH))


def _escapes(pod: Mapping[str, Any], path: str) -> Iterator[str]:
    for field in _NODE_NAMESPACES:
        if pod.get(field):
            yield f"{path}.{field}: a pod that shares its node's namespaces sees other pods: leave it out"
    for where, volume in _items(path, pod, "volumes"):
        if "hostPath" in volume:
            yield f"{where}.hostPath: a model has no business with its node's files: use a claim or an image"
    yield from _security(path, pod)
    for where, sysctl in _items(f"{path}.securityContext", _object(pod, "securityContext"), "sysctls"):
        if sysctl.get("name") not in _SAFE_SYSCTLS:
            yield f"{where}.name: this one is the node's, or not safe to change: leave it out"
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for where, container in _items(path, pod, kind):
            yield from _security(where, container)
            yield from _network(where, container)


def _security(path: str, holder: Mapping[str, Any]) -> Iterator[str]:
    context = _object(holder, "securityContext")
    path = f"{path}.securityContext"
    if context.get("privileged"):
        yield f"{path}.privileged: a privileged container is root on its node: leave it out"
    if _object(context, "windowsOptions").get("hostProcess"):
        yield f"{path}.windowsOptions.hostProcess: such a container is the node's own: leave it out"
    if _object(context, "capabilities").get("add"):
        yield f"{path}.capabilities.add: capabilities may be dropped, not added: leave it out"
    if context.get("procMount") not in (None, "Default"):
        yield f"{path}.procMount: without its masks /proc shows and sets what is the node's: leave it out"
    for profile in ("seccompProfile", "appArmorProfile"):
        if _object(context, profile).get("type") == "Unconfined":
            yield f"{path}.{profile}.type: without a profile the node's kernel is open: use RuntimeDefault"
    selinux = _object(context, "seLinuxOptions")
    if selinux.get("user") or selinux.get("role") or selinux.get("type", "") not in ("", *_SELINUX_TYPES):
        yield f"{path}.seLinuxOptions: only level, and a type of containers, may be set: leave out the rest"


def _network(path: str, container: Mapping[str, Any]) -> Iterator[str]:
    for where, port in _items(path, container, "ports"):
        if port.get("hostPort"):
            yield f"{where}.hostPort: it takes a port of the node itself: reach the model by its Service"
    for name in _CALLED_BY_THE_KUBELET:
        called: Mapping[str, Any] = container
        for part in name.split("."):
            called = _object(called, part)
        for way in ("httpGet", "tcpSocket"):
            if _object(called, way).get("host"):
                yield f"{path}.{name}.{way}.host: the node's kubelet would call that address: leave it out"


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
