"""The pods of a TrussModel, as their status tells of them. Pure."""

from kubectl_trussmodel.trussmodel import CONTAINER, NAME_LABEL, Json, TrussModel, items, mapping


def label(model: TrussModel) -> str:
    """Selects the model's children and pods."""
    return f"{NAME_LABEL}={model.name}"


def container_of(pod: Json, name: str = CONTAINER) -> Json:
    """The status of a container, or an empty one."""
    status = mapping(pod.get("status"))
    both = [*items(status.get("containerStatuses")), *items(status.get("initContainerStatuses"))]
    return next((each for each in both if each.get("name") == name), {})


def began(pod: Json, name: str) -> str:
    """What names the run of a container whose log can be read; empty before there is one."""
    container = container_of(pod, name)
    state = mapping(container.get("state"))
    if "running" in state or "terminated" in state:
        return f"{pod['metadata']['name']}/{container.get('containerID') or container.get('restartCount')}"
    return ended_before(pod, name)


def ended_before(pod: Json, name: str) -> str:
    """What names the run of a container before the present one; empty where there was none."""
    last = mapping(mapping(container_of(pod, name).get("lastState")).get("terminated"))
    return f"{pod['metadata']['name']}/{last.get('containerID')}" if last else ""


def state_of(pod: Json) -> str:
    """What the model's container does, in a word or two."""
    if mapping(pod.get("metadata")).get("deletionTimestamp"):
        return "Terminating"
    status = mapping(pod.get("status"))
    state = mapping(container_of(pod).get("state"))
    for kind in ("waiting", "terminated"):
        if kind in state:
            told = mapping(state[kind])
            code = f" (exit code {told['exitCode']})" if "exitCode" in told else ""
            return f"{told.get('reason', kind)}{code}"
    if "running" in state:
        return "Running"
    conditions = items(status.get("conditions"))
    unscheduled = any(each.get("reason") == "Unschedulable" for each in conditions)
    return "Unschedulable" if unscheduled else str(status.get("reason") or status.get("phase") or "Pending")


def ready(pod: Json) -> bool:
    """Whether it takes requests."""
    conditions = items(mapping(pod.get("status")).get("conditions"))
    return any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
